/* tern: a complete user-space TCP. This header is all of the library but the sockets, whose header (tern/sock.h) brings the
 * system's with it; see its parts for the words. */
#ifndef TERN_TERN_H
#define TERN_TERN_H

#include <tern/conn.h>
#include <tern/draw.h>
#include <tern/filter.h>
#include <tern/link.h>
#include <tern/loop.h>
#include <tern/packet.h>
#include <tern/rules.h>
#include <tern/stack.h>
#include <tern/trace.h>
#include <tern/types.h>

#endif
