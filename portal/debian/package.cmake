# What is installed where, and the Debian package (cpack -G DEB).
set(MH_LIBEXEC libexec/mohur)
foreach(program mohur mohur-portal mohur-keyd mohur-token mohur-softtoken
    mohur-examiner mohur-examiner-pdf mohur-examiner-sign mohur-courier)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${MH_LIBEXEC})
  endif()
endforeach()
# A program looks for the others beside itself, where the link leads to.
install(CODE "
  file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin\")
  file(CREATE_LINK ../${MH_LIBEXEC}/mohur
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin/mohur\" SYMBOLIC)")
file(GLOB MH_UNITS ${PROJECT_SOURCE_DIR}/portal/systemd/*.service)
install(FILES ${MH_UNITS} DESTINATION lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/portal/systemd/one-user.conf
  DESTINATION share/doc/mohur/examples)
install(FILES ${PROJECT_SOURCE_DIR}/portal/debian/mohur.sysusers
  DESTINATION lib/sysusers.d RENAME mohur.conf)
install(DIRECTORY DESTINATION lib/mohur/empty)
if(EXISTS ${PROJECT_SOURCE_DIR}/portal/nginx/mohur.conf)
  install(FILES ${PROJECT_SOURCE_DIR}/portal/nginx/mohur.conf
    DESTINATION share/doc/mohur/examples RENAME nginx.conf)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION share/doc/mohur)
install(FILES ${PROJECT_SOURCE_DIR}/portal/debian/mohur.conf
  DESTINATION /etc/mohur)
foreach(n 1 5 8)
  file(GLOB MH_PAGES ${PROJECT_SOURCE_DIR}/signer/cmd/man/*.${n})
  install(FILES ${MH_PAGES} DESTINATION share/man/man${n})
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/man/mohur-report.5
  ${PROJECT_BINARY_DIR}/man/mohur.conf.5 DESTINATION share/man/man5)
install(CODE "
  file(GLOB pages \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/man/man*/mohur*.[158]\")
  execute_process(COMMAND gzip -9nf \${pages} COMMAND_ERROR_IS_FATAL ANY)")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mohur)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
  "signs and verifies the documents of courts")
set(CPACK_PACKAGE_DESCRIPTION
  "Verifies and signs PDF, JPG, ADOC and EDOC with smartcards, HSMs and mobile
ID, as a command line and as a service of separated processes with an API, a
key daemon and an audit log that proves itself.")
set(CPACK_PACKAGE_CONTACT "Mohur maintainers <maintainers@mohur.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION web)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd (>= 252)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "opensc-pkcs11, nginx")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "softhsm2")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(part postinst prerm postrm conffiles)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/portal/debian/${part})
endforeach()
include(CPack)
