/* The events that the portal asks keyd to record (events.def). */
#ifndef BASE_WIRE_EVENT_H
#define BASE_WIRE_EVENT_H

#include <stdbool.h>

bool mh_event_known(const char *name);

#endif
