#include "base/sys/image.h"

#include <elf.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/sys/sandbox.h"

enum {
    PAGE = 4096,
    HUGE_BYTES = 2 << 20 /* of a page of the second level */
};

/* Where the program lies; the linker's name for it. */
extern Elf64_Ehdr image_start __asm__("__ehdr_start");

static size_t
rounded(size_t bytes)
{
    return (bytes + HUGE_BYTES - 1) & ~(size_t)(HUGE_BYTES - 1);
}

/*
 * Puts a copy with the same contents and rights in place of the len bytes that
 * stand behind skip free ones.
 */
static bool
replace(uint8_t *at, size_t skip, size_t len, int rights)
{
    size_t whole = rounded(skip + len);
    uint8_t *room = mmap(NULL, whole + HUGE_BYTES, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uint8_t *copy;
    size_t before;
    bool done;

    if (room == MAP_FAILED)
        return false;
    before = rounded((uintptr_t)room) - (uintptr_t)room;
    copy = room + before;
    (void)madvise(copy, whole, MADV_HUGEPAGE); /* else small ones */
    memcpy(copy + skip, at + skip, len);
    done = mprotect(copy, whole, rights) == 0 &&
           mremap(copy, whole, whole, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at;
    if (before > 0)
        (void)munmap(room, before);
    (void)munmap(
        copy + (done ? whole : 0), HUGE_BYTES - before + (done ? 0 : whole));
    return done;
}

/* Whether another segment lies in the huge pages of this one. */
static bool
shared(const Elf64_Phdr *head, const Elf64_Phdr *this)
{
    for (size_t i = 0; i < image_start.e_phnum; i++)
        if (head[i].p_type == PT_LOAD && &head[i] != this &&
            head[i].p_vaddr < this->p_vaddr + rounded(this->p_filesz) &&
            head[i].p_vaddr + rounded(head[i].p_memsz) > this->p_vaddr)
            return true;
    return false;
}

/*
 * What is only read once the program has started ends on a huge page, before
 * what is written; where nothing else lies before it there, it gets one.
 */
static void
own_relro(uint8_t *base, const Elf64_Phdr *head)
{
    uintptr_t from = ((uintptr_t)base + head->p_vaddr) & ~(uintptr_t)(PAGE - 1);
    uintptr_t to = (uintptr_t)base + head->p_vaddr + head->p_memsz;
    size_t len = to - from, skip = rounded(len) - len;
    uint8_t *at = base + (from - skip - (uintptr_t)base);

    if (to % HUGE_BYTES != 0 || skip == 0 ||
        mmap(at, skip, PROT_NONE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
            -1, 0) != at)
        return;
    if (!replace(at, skip, len, PROT_READ))
        (void)munmap(at, skip); /* as it was */
}

bool
mh_image_own(void)
{
    uint8_t *base = (uint8_t *)&image_start;
    const Elf64_Phdr *head =
        (const Elf64_Phdr *)(const void *)(base + image_start.e_phoff);
    bool all = mh_sandbox_built(); /* a sanitizer knows where things lie */

    for (size_t i = 0; all && i < image_start.e_phnum; i++) {
        uint8_t *at = base + head[i].p_vaddr;
        int rights = PROT_READ;

        if (head[i].p_type == PT_GNU_RELRO)
            own_relro(base, &head[i]);
        /* The first holds the headers, for which the child has no use. */
        if (head[i].p_type != PT_LOAD || head[i].p_offset == 0 ||
            (head[i].p_flags & PF_W) != 0)
            continue;
        if ((head[i].p_flags & PF_X) != 0)
            rights |= PROT_EXEC;
        if ((uintptr_t)at % HUGE_BYTES != 0 || shared(head, &head[i]) ||
            !replace(at, 0, head[i].p_filesz, rights))
            all = false;
    }
    return all;
}
