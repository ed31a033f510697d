/*
 * Functions that nobody may call: using one is a compile error.  The reason
 * stands beside each.  Included by base/err.h and so by every file.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__GNUC__) && !defined(MH_ALLOW_BANNED)
/* Under clang a fortified C library has these as macros. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncat sprintf vsprintf gets /* no bound */
#pragma GCC poison strtok          /* hidden state */
#pragma GCC poison atoi atol atoll /* no error */
#pragma GCC poison setjmp longjmp
#pragma GCC poison system popen tmpnam mktemp
#pragma GCC poison gmtime localtime asctime ctime mktime timegm /* base/time   \
                                                                 */
#endif

#endif
