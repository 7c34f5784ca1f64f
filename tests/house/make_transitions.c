/* Prints model/transitions.pml: the table of transitions that the stack runs by (src/tcp/fsm.c), in Promela. The model moves its
 * ends by it and sends what its column of actions says, so that what spin verifies is the code's own table. */
#include <stdio.h>
#include <string.h>

#include "fsm.h"

static const char *const event_id[] = {
#define X(id, text) #id,
    FSM_EVENTS(X)
#undef X
};

static const char *const action_id[] = {
#define X(id, text) #id,
    FSM_ACTIONS(X)
#undef X
};

/* "SYN-RECEIVED" is SYN_RECEIVED there. */
static const char *state_id(unsigned s)
{
    static char id[32];
    snprintf(id, sizeof id, "%s", tern_state_name((enum tern_state)s));
    for (char *p = id; (p = strchr(p, '-')) != NULL;) *p = '_';
    return id;
}

static void names(void)
{
    for (unsigned s = 0; s < TERN_STATE_N; s++) printf("#define %s %u\n", state_id(s), s);
    printf("\n");
    for (unsigned a = 0; a < FSM_ACTION_N; a++) printf("#define DO_%s %u\n", action_id[a], a);
}

/* For the report of which arrows the search has gone along. */
static void table(void)
{
    printf("\nc_decl {\n    static const char *const arrows[] = {\n");
    for (size_t i = 0; i < fsm_arrow_n; i++)
        printf("        \"%s %s\",\n", tern_state_name(fsm_arrows[i].from), event_id[fsm_arrows[i].event]);
    printf("    };\n    static unsigned char walked[%zu];\n}\n#define ARROWS %zu\n", fsm_arrow_n, fsm_arrow_n);
}

static void event(unsigned e)
{
    printf("\ninline on_%s(me)\n{\n    if\n", event_id[e]);
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        const struct fsm_arrow *a = &fsm_arrows[i];
        if (a->event != e) continue;
        printf("    :: st[me] == %s -> c_code { walked[%zu] = 1; };", state_id(a->from), i);
        printf(" st[me] = %s; todo = DO_%s; printf(\"@move %%d %u\\n\", me)\n", state_id(a->to), action_id[a->action],
               (unsigned)a->to);
    }
    printf("    :: else -> assert(false) /* no such arrow */\n    fi\n}\n");
}

int main(void)
{
    printf("/* Made by tests/house/make_transitions.c of the code's table of transitions (src/tcp/fsm.c); do not edit. */\n");
    names();
    table();
    for (unsigned e = 0; e < FSM_EVENT_N; e++) event(e);
    return 0;
}
