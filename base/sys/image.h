/*
 * The program's own code and constants in memory of its own.
 *
 * Pages of a file are not in the page tables of a forked child: it takes a
 * fault for every sixteen of them, and its end undoes each.  A process that
 * forks a short-lived child for every document copies them once into huge
 * pages, which a fork hands on whole (limits.md 1, "isolation").
 */
#ifndef BASE_SYS_IMAGE_H
#define BASE_SYS_IMAGE_H

#include <stdbool.h>

/*
 * Copies the loaded segments that are only read or executed, where they begin
 * on a huge page, as those of a program linked with max-page-size 2 MB do, and
 * what is only read once the loader has filled it in, where it ends on one.
 * Costs their size in memory and some milliseconds.  Nothing becomes writable
 * and executable at a time.  Before mh_sandbox_enter, whose profiles forbid
 * executable memory; with one thread.
 *
 * A service manager that forbids memory to become executable
 * (MemoryDenyWriteExecute=, as the units of portal/systemd do) makes it false.
 *
 * True where all of them were copied; never under a sanitizer.  False changes
 * nothing but speed: the rest stays where it was.
 */
bool mh_image_own(void);

#endif
