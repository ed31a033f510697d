/* Invented people, firms and courts: nobody's data. */
#ifndef PORTAL_DATA_NAMES_H
#define PORTAL_DATA_NAMES_H

#include "portal/store/cases.h"

/* Numbers of any size: what they name is taken from tables. */
struct pt_invented {
    bool man, rare; /* rare: a surname that few have */
    size_t name, father, surname;
};

void pt_invent_parts(const struct pt_invented *who,
    char surname[static PT_TEXT_MAX + 1], char name[static PT_TEXT_MAX + 1],
    char patronymic[static PT_TEXT_MAX + 1]);
/* Surname, name, patronymic; both of parties' names. */
void pt_invent_person(
    const struct pt_invented *who, char out[static 2 * PT_TEXT_MAX + 2]);
void pt_invent_firm(
    const struct pt_invented *who, char out[static 2 * PT_TEXT_MAX + 2]);

/* The n-th district's court. */
void pt_invent_court(size_t n, char code[static PT_COURT_CODE_MAX + 1],
    char name[static PT_COURT_MAX + 1]);

#endif
