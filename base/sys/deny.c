#include "base/sys/deny.h"

#include <stddef.h>

static const struct {
    int call;
    const char *why;
} deadly[] = {
    {SCMP_SYS(ptrace), "other processes' memory"},
    {SCMP_SYS(process_vm_readv), "other processes' memory"},
    {SCMP_SYS(process_vm_writev), "other processes' memory"},
    {SCMP_SYS(process_madvise), "other processes' memory"},
    {SCMP_SYS(pidfd_getfd), "other processes' descriptors"},
    {SCMP_SYS(kcmp), "other processes"},
    {SCMP_SYS(bpf), "kernel surface"},
    {SCMP_SYS(io_uring_setup), "calls that no filter sees"},
    {SCMP_SYS(io_uring_enter), "calls that no filter sees"},
    {SCMP_SYS(io_uring_register), "calls that no filter sees"},
    {SCMP_SYS(userfaultfd), "kernel surface"},
    {SCMP_SYS(perf_event_open), "kernel surface"},
    {SCMP_SYS(keyctl), "kernel key rings"},
    {SCMP_SYS(add_key), "kernel key rings"},
    {SCMP_SYS(request_key), "kernel key rings"},
    {SCMP_SYS(mount), "file systems"},
    {SCMP_SYS(umount2), "file systems"},
    {SCMP_SYS(move_mount), "file systems"},
    {SCMP_SYS(open_tree), "file systems"},
    {SCMP_SYS(fsopen), "file systems"},
    {SCMP_SYS(fsmount), "file systems"},
    {SCMP_SYS(pivot_root), "file systems"},
    {SCMP_SYS(chroot), "file systems"},
    {SCMP_SYS(swapon), "the machine"},
    {SCMP_SYS(swapoff), "the machine"},
    {SCMP_SYS(reboot), "the machine"},
    {SCMP_SYS(kexec_load), "the machine"},
    {SCMP_SYS(kexec_file_load), "the machine"},
    {SCMP_SYS(init_module), "the machine"},
    {SCMP_SYS(finit_module), "the machine"},
    {SCMP_SYS(delete_module), "the machine"},
    {SCMP_SYS(acct), "the machine"},
    {SCMP_SYS(settimeofday), "the machine's clock"},
    {SCMP_SYS(clock_settime), "the machine's clock"},
    {SCMP_SYS(adjtimex), "the machine's clock"},
    {SCMP_SYS(sethostname), "the machine's name"},
    {SCMP_SYS(setdomainname), "the machine's name"},
    {SCMP_SYS(unshare), "namespaces"},
    {SCMP_SYS(setns), "namespaces"},
    {SCMP_SYS(personality), "ways of executing"},
    {SCMP_SYS(name_to_handle_at), "files by number"},
    {SCMP_SYS(open_by_handle_at), "files by number"},
};

int
mh_deny_add(scmp_filter_ctx ctx)
{
    int rc = 0;

    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]) && rc == 0; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, deadly[i].call, 0);
    return rc;
}
