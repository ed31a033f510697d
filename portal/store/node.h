/*
 * This process among the others that share a store on PostgreSQL: its name,
 * whether it is alive, and which of them does what is done once.
 *
 * A node holds a lock of the database for as long as its writer's connection
 * stands, and is heard every second.  One whose lock is free and that was not
 * heard for PT_NODE_SILENT is gone: what it was at is nobody's, as after
 * pt_store_recover, and the work of every other node is untouched.  The
 * leader holds one more lock in the same way: whoever loses the connection
 * loses the lead with it, and its writes with both.
 */
#ifndef PORTAL_STORE_NODE_H
#define PORTAL_STORE_NODE_H

#include "portal/store/store.h"

enum {
    PT_NODE_SILENT = 4, /* seconds */
};

struct pt_node;

enum mh_code pt_node_new(struct pt_store *store, struct mh_err *err,
    struct pt_node **out) MH_MUST_USE;
/* Starts the thread that is heard; the store's writer runs before. */
enum mh_code pt_node_start(
    struct pt_node *node, struct mh_err *err) MH_MUST_USE;
void pt_node_stop(struct pt_node *node); /* ends the thread */
void pt_node_free(struct pt_node *node); /* NULL is fine for both */

/*
 * This process serves: it takes the name that its folder has (DIR/node), so
 * that what it was at before it was started again is its own to recover, and
 * it may lead.  MH_EIO: another process serves with the folder.
 */
enum mh_code pt_node_serve(
    struct pt_node *node, struct mh_err *err) MH_MUST_USE;
/* In the writer's transaction, before anything: a new connection is told who
   this is. */
enum mh_code pt_node_enter(
    struct pt_node *node, struct mh_err *err) MH_MUST_USE;

/* The name of this node, above 0; of its folder, once it serves. */
int64_t pt_node_id(const struct pt_node *node);
/* Which lead this node has, from 1 and different from all before; 0: none. */
int64_t pt_node_epoch(const struct pt_node *node);

#endif
