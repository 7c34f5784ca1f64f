/* The state diagram: RFC 9293's figure 5 and all further arrows of the table (fsm.h). */
#ifndef DIAGRAM_STATES_H
#define DIAGRAM_STATES_H

#include <stdio.h>

#include "diagram.h"
#include "fsm.h"

/* The name of an arrow in dot and SVG (a class, read back by tests and by the page): FROM__EVENT__TO, in the words of the enums.
 */
#define STATES_TOKEN_MAX 64
void states_token(const struct fsm_arrow *arrow, char out[STATES_TOKEN_MAX]);

/* The notes below the diagram, and what marks the ways: msgids. NULL: beyond the last. */
const char *states_note(size_t i);
extern const char states_client_note[], states_server_note[];

/* For Graphviz; |client|, |server|: arrow i is marked as on the way when way[i], and the notes stand below. NULL, both: what the
 * build lays out, states_layout.c. */
void states_dot(FILE *out, const bool *client, const bool *server);

/* The usual ways, as a run has them in which the client closes first: way[i] says whether arrow i was gone. False: no memory. */
bool states_ways(bool client[], bool server[]);

/* The picture with those ways. False: what the build laid out cannot be read. */
bool states_draw(FILE *out, const struct diagram_style *style, const bool *client, const bool *server);

/* Writers. 0, TERN_ERR_NOMEM. */
int states_as_text(FILE *out, const struct diagram_style *style);
int states_as_svg(FILE *out, const struct diagram_style *style);
int states_as_graph(FILE *out, const struct diagram_style *style);

#endif
