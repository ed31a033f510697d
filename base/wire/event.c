#include "base/wire/event.h"

#include <stddef.h>
#include <string.h>

static const char *const known[] = {
#define MH_EVENT(name) name,
#include "base/wire/events.def"
#undef MH_EVENT
};

bool
mh_event_known(const char *name)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}
