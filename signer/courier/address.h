/*
 * Where a request may lead (security.md 2).  A name is resolved by whoever
 * connects; the rule looks at the address that is really connected to.
 */
#ifndef SIGNER_COURIER_ADDRESS_H
#define SIGNER_COURIER_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Whether it is a unicast address of the public network: none of this host,
 * of private, shared, link-local, documentation, benchmarking, multicast or
 * reserved use (RFC 6890 and the registries it made), nor an IPv6 form that
 * carries such an IPv4 address.
 */
bool sg_address_public(const struct sockaddr *address, socklen_t len);

/* The port of an IPv4 or IPv6 address; 0 for any other kind. */
unsigned sg_address_port(const struct sockaddr *address, socklen_t len);

#endif
