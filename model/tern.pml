/* Two ends of tern and a channel that loses, copies and reorders: what doc/model.md says of it, spin verifies (tools/model).
 *
 * The ends move along the code's own table of transitions (transitions.pml is made of src/tcp/fsm.c) and send what its column of
 * actions says; what a segment means is RFC 9293 3.10.7, check by check, as src/tcp/input*.c, ack.c and timewait.c have it. The
 * table's rows that are not walked are listed in tools/model, each with its reason.
 *
 * Sequence numbers count modulo 16, a byte is a number, nobody ever uses more than a quarter of them. |inc|, |val|, |up|, |rude|
 * are the checker's own: no end looks at them to decide anything.
 *
 * One scene at a time, since each asks its own question:
 *   LIFE    one connection, opened and ended in every way; timers fire when nothing else can happen
 *   AGAIN   the same pair twice, with a clock: a segment lives MSL ticks; the second one's initial numbers are the worst there are
 *   CRASH   the same pair twice, the first one broken off: no TIME-WAIT; segments live for ever; numbers by the ISN clock
 *   FORGER  somebody sends in the name of an end that sleeps, and sees no answer
 * and one piece may be taken out or broken: see tools/model for the names and for what must then be found. */

#if defined(AGAIN) || defined(CRASH)
#define SECOND 1 /* the pair is opened a second time */
#else
#define SECOND 0
#endif
/* What may happen, how often; the command line may say otherwise. */
#ifndef TEXTS
#define TEXTS 1 /* bytes of an end */
#endif
#ifndef LOSS
#define LOSS 1
#endif
#ifndef COPIES
#define COPIES 1
#endif
#ifndef ANSWERS
#define ANSWERS 1 /* to empty segments that are old: src/tcp/rcv.c bounds them, too */
#endif
#ifndef HASTY
#define HASTY 0
#endif
#ifndef ABORTS
#define ABORTS 0
#endif
#ifndef CUTS
#define CUTS 0
#endif

#define MASK 15
#define WND  2 /* of reception */
#define plus(a, n) (((a) + (n)) & MASK)
#define diff(a, b) (((a) - (b)) & MASK)
#define lt(a, b)   (diff(b, a) >= 1 && diff(b, a) <= 7)

/* ---- segments ---- */

#define SYN  1
#define ACK  2
#define FIN  4
#define RST  8
#define TEXT 16 /* one byte */

/* What is on its way is a number, so that a multiset of segments is a sorted array. */
#define segment(to, flags, seq, ack, value, life) \
    ((to) + ((flags) << 1) + ((seq) << 6) + ((ack) << 10) + ((value) << 14) + ((life) << 16))
#define TICK (1 << 17)
#define age(s) ((s) >> 17)

#ifndef SLOTS
#define SLOTS 3
#endif
int net[SLOTS]; /* the oldest first; 0: free */
bit cut;        /* the link is cut for good */
byte loss, copies, hasty; /* how often it may still lose, copy; how often a timer may still be early */
#define quiet (net[0] == 0)

/* The segment that arrives or leaves, and what is to be sent: zero between the steps. Each step sends one segment at most. */
byte fl, sq, ak, vl, todo;
bit ic;
#define has(flag) ((fl & (flag)) != 0)
#define length() (has(SYN + FIN + TEXT) -> 1 : 0)
/* |todo|: an action of the table (DO_...), or one of these. */
#define RESET     32 /* 3.10.7.1: <SEQ=SEG.ACK><CTL=RST> */
#define RESET_ACK 33 /* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
#define WRITE     34
#define REPEAT    35 /* what is not acknowledged, from SND.UNA */
#define FORGED    36 /* as it is */

/* ---- ends ---- */

#define A 0
#define B 1
#define peer (1 - me)

byte st[2], iss[2], una[2], nxt[2], irs[2], rcv[2];
byte edge[2];        /* beyond all numbers that were used so far */
byte sent[2], got[2]; /* bytes of this connection */
bit inc[2];          /* which connection of the pair it is */
byte up[2];          /* a bit for each of them that has been ESTABLISHED */
bit passive[2];      /* it came by LISTEN */
byte opens[2];       /* how often it may still open */
byte wait[2];        /* ticks left of TIME-WAIT */
bit rested;          /* somebody has been in TIME-WAIT to its end */
bit rude;            /* somebody broke something off */
byte aborts, cuts, answers;
byte forged, told; /* how many; what the forger was told on a connection of his own */
bit probed;

#include "transitions.pml"

/* Which rows of the table the search went along. */
c_decl {
    static void report(void)
    {
        for (int n = 0; n < ARROWS; n++)
            if (walked[n]) printf("@walked %s\n", arrows[n]);
    }
}

#define MSL 2 /* ticks */
#ifndef REST
#define REST (2 * MSL)
#endif

inline forget()
{
    if
    :: nxt[me] != una[me] || nxt[me] != 0 -> edge[me] = nxt[me]
    :: else
    fi;
    una[me] = 0; nxt[me] = 0; irs[me] = 0; rcv[me] = 0; sent[me] = 0; passive[me] = 0; wait[me] = 0
}

/* Sorted in; when the queue of the link is full, it is lost. */
inline put()
{
    d_step {
        printf("@send %d %d %d %d %d\n", me, fl, sq, ak, vl);
        if
        :: net[SLOTS - 1] == 0 && !cut ->
            net[SLOTS - 1] = segment(peer, fl, sq, ak, vl, ic);
            at = SLOTS - 1;
            do
            :: at > 0 && net[at - 1] < net[at] ->
                net[at - 1] = net[at - 1] ^ net[at];
                net[at] = net[at - 1] ^ net[at];
                net[at - 1] = net[at - 1] ^ net[at];
                at--
            :: else -> break
            od
        :: else
        fi;
        at = 0
    }
}

inline leaves(flags, seq, ack, value, life) { fl = flags; ak = ack; sq = seq; vl = value; ic = life }

/* The end of each step: sends what is to do. */
inline done()
{
    d_step {
        if
        :: todo == DO_SYN || todo == DO_CREATE_SYN -> leaves(SYN, iss[me], 0, 0, inc[me])
        :: todo == DO_SYN_ACK -> leaves(SYN + ACK, iss[me], rcv[me], 0, inc[me])
        :: todo == DO_ACK -> leaves(ACK, nxt[me], rcv[me], 0, inc[me])
        :: todo == DO_FIN -> leaves(FIN + ACK, nxt[me], rcv[me], sent[me], inc[me]); nxt[me] = plus(nxt[me], 1)
        :: todo == DO_RST || todo == DO_RST_DELETE -> leaves(RST, nxt[me], 0, 0, inc[me])
        :: todo == RESET -> sq = ak; leaves(RST, sq, 0, 0, ic)
        :: todo == RESET_ACK -> ak = plus(sq, length()); leaves(RST + ACK, 0, ak, 0, ic)
        :: todo == WRITE -> leaves(TEXT + ACK, nxt[me], rcv[me], sent[me], inc[me]); sent[me]++; nxt[me] = plus(nxt[me], 1)
        :: todo == REPEAT && una[me] == iss[me] && st[me] == SYN_SENT -> leaves(SYN, iss[me], 0, 0, inc[me])
        :: todo == REPEAT && una[me] == iss[me] && st[me] != SYN_SENT -> leaves(SYN + ACK, iss[me], rcv[me], 0, inc[me])
        :: todo == REPEAT && una[me] != iss[me] && diff(una[me], iss[me]) <= sent[me] ->
            leaves(TEXT + ACK, una[me], rcv[me], diff(una[me], iss[me]) - 1, inc[me])
        :: todo == REPEAT && una[me] != iss[me] && diff(una[me], iss[me]) > sent[me] ->
            leaves(FIN + ACK, una[me], rcv[me], sent[me], inc[me])
        :: todo == FORGED
        :: else -> fl = 0
        fi;
        if
        :: fl != 0 -> put()
        :: else
        fi;
        fl = 0; sq = 0; ak = 0; vl = 0; ic = 0; todo = 0
    }
    if
    :: st[me] == CLOSED || st[me] == LISTEN -> forget()
    :: st[me] == TIME_WAIT && wait[me] == 0 ->
        wait[me] = REST;
#ifdef NO_TIME_WAIT
        rested = 1;
        on_TIMEOUT_2MSL(me);
        todo = 0;
        forget()
#endif
    :: else
    fi
}

/* ---- the initial number ---- */

#define worst (rested && wait[A] + wait[B] == 0)

inline number()
{
#ifdef AGAIN
    if
    :: true -> iss[me] = plus(edge[me], 1)
#ifdef SAME
    :: worst -> iss[me] = me * 8
#endif
    :: worst -> iss[me] = me * 8 + 1
    :: worst -> iss[me] = me * 8 + 2
    :: worst -> iss[me] = me * 8 + 3
    fi;
#endif
#ifdef FORGER
#ifdef PREDICTABLE_ISN
    iss[me] = told;
#else
    if /* he is not lucky: that chance is one in 2^32 for each guess */
    :: iss[me] = plus(told, 1)
    :: iss[me] = plus(told, 15)
    :: iss[me] = plus(told, 4)
    fi;
#endif
#endif
#if defined(LIFE) || defined(CRASH)
#ifdef PREDICTABLE_ISN
    iss[me] = me * 8;
#else
    iss[me] = edge[me];
#endif
#endif
    una[me] = iss[me];
    nxt[me] = plus(iss[me], 1);
    got[me] = 0
}

/* ---- what must hold ---- */

/* All of it, or one thing alone (-DASK=...), so that spin's shortest counterexample is one of that. */
#define ALL      0
#define HANDED   1
#define OLD      2
#define RESETS   3
#define STREAM   4
#define ANSWERED 5
#define DATA     6
#ifndef ASK
#define ASK ALL
#endif
#define must(what, holds) assert((ASK != ALL && ASK != what) || (holds))

/* Nothing of an earlier connection means anything to this one. */
inline taken() { must(OLD, ic == inc[me]) }

/* But one thing: 2MSL outlives a segment and its answer, not the answer's answer, and that is a RST. */
inline reset_taken()
{
#if defined(AGAIN) && !defined(OLD_RST)
    rude = rude || ic != inc[me]
#else
    taken()
#endif
}

/* A server's application is handed a connection that the client wants, or wanted when it had heard the server's number. */
inline handed()
{
    must(HANDED, (up[peer] >> inc[me]) & 1 || inc[peer] == inc[me] && (st[peer] == SYN_SENT || st[peer] == SYN_RECEIVED));
    must(HANDED, inc[peer] != inc[me] || st[peer] <= SYN_SENT || irs[peer] == iss[me] && iss[peer] == irs[me])
}

/* ---- SEGMENT ARRIVES ---- */

inline stray() /* 3.10.7.1 */
{
    must(ANSWERED, rude || !has(FIN) || st[peer] != LAST_ACK); /* who closes in order finds somebody who acknowledges it */
    if
    :: has(RST)
    :: !has(RST) && has(ACK) -> todo = RESET
    :: !has(RST) && !has(ACK) -> todo = RESET_ACK
    fi
}

inline in_listen() /* 3.10.7.2 */
{
    if
    :: has(RST)
    :: !has(RST) && has(ACK) -> todo = RESET
    :: !has(RST) && !has(ACK) && has(SYN) ->
        inc[me] = ic;
        irs[me] = sq;
        rcv[me] = plus(sq, 1);
        passive[me] = 1;
        number();
        on_RCV_SYN(me);
#ifdef TWO_WAY
        handed();
        una[me] = nxt[me];
        up[me] = up[me] | (1 << inc[me]);
        st[me] = ESTABLISHED;
        printf("@move %d %d\n", me, ESTABLISHED)
#endif
    :: else
    fi
}

#ifdef NO_ACK_CHECK
#define our_syn_acked true
#else
#define our_syn_acked (ak == nxt[me])
#endif

inline in_syn_sent() /* 3.10.7.3 */
{
    if
    :: has(ACK) && !(our_syn_acked) ->
        if
        :: !has(RST) -> todo = RESET
        :: else
        fi
    :: has(ACK) && our_syn_acked && has(RST) -> reset_taken(); rude = 1; on_RCV_RST(me)
    :: has(ACK) && our_syn_acked && has(SYN) && !has(RST) ->
        if /* An old SYN made the half-open connection, but its number is ours, and so it is this one now. */
        :: st[peer] == SYN_RECEIVED && irs[peer] == iss[me] && iss[peer] == sq -> inc[peer] = inc[me]
        :: else -> taken()
        fi;
        irs[me] = sq;
        rcv[me] = plus(sq, 1);
        una[me] = nxt[me];
        up[me] = up[me] | (1 << inc[me]);
        on_RCV_SYN_ACK(me)
    :: !has(ACK) && !has(RST) && has(SYN) ->
        taken();
        irs[me] = sq;
        rcv[me] = plus(sq, 1);
        on_RCV_SYN(me)
    :: else
    fi
}

inline reset()
{
    if
    :: sq == rcv[me] && st[me] == SYN_RECEIVED && passive[me] -> reset_taken(); on_RCV_RST_PASSIVE(me)
    :: sq == rcv[me] && !(st[me] == SYN_RECEIVED && passive[me]) ->
        reset_taken();
        must(RESETS, rude || st[me] == SYN_RECEIVED); /* where nobody has broken anything off, nobody is reset */
        on_RCV_RST(me)
    :: else -> todo = DO_ACK /* RFC 5961 */
    fi
}

/* All is acknowledged; our FIN too, when it has been sent. */
inline our_fin()
{
    if
    :: st[me] == FIN_WAIT_1 && !(has(FIN) && sq == rcv[me]) -> on_RCV_ACK_OF_FIN(me)
    :: st[me] == CLOSING || st[me] == LAST_ACK -> on_RCV_ACK_OF_FIN(me)
    :: else
    fi
}

/* Fifth; |go|: the text is looked at. */
inline acknowledgement()
{
    if
    :: st[me] == SYN_RECEIVED && lt(una[me], ak) && !lt(nxt[me], ak) ->
        if
        :: passive[me] -> handed()
        :: else
        fi;
        taken();
        una[me] = ak;
        up[me] = up[me] | (1 << inc[me]);
        on_RCV_ACK_OF_SYN(me);
        go = 1
    :: st[me] == SYN_RECEIVED && !(lt(una[me], ak) && !lt(nxt[me], ak)) -> todo = RESET
    :: st[me] != SYN_RECEIVED && lt(nxt[me], ak) -> todo = DO_ACK
    :: st[me] != SYN_RECEIVED && lt(ak, plus(una[me], 16 - WND)) /* RFC 5961 5.2 */
    :: st[me] != SYN_RECEIVED && lt(una[me], ak) && !lt(nxt[me], ak) ->
        taken();
        /* What is acknowledged has been received. */
        must(STREAM, inc[peer] != inc[me] || irs[me] != iss[peer] || diff(ak, iss[me]) - 1 <= got[peer] || sent[me] == got[peer]);
        una[me] = ak;
        if
        :: una[me] == nxt[me] -> our_fin()
        :: else
        fi;
        go = st[me] != CLOSED
    :: else -> go = 1
    fi
}

#ifdef NO_ORDER
#define in_order true
#else
#define in_order (sq == rcv[me])
#endif

/* Seventh and eighth. */
inline text()
{
    if
    :: (st[me] == ESTABLISHED || st[me] == FIN_WAIT_1 || st[me] == FIN_WAIT_2) && in_order ->
        taken();
        rcv[me] = plus(rcv[me], 1);
        must(DATA, !has(TEXT) || ic == inc[me]);
        must(STREAM, ic == inc[me] && vl == got[me]); /* the next byte: none is lost, none comes twice; and all that was sent before the FIN is here */
        assert(todo == DO_NONE);
        if
        :: has(TEXT) ->
            got[me]++;
            printf("@read %d %d\n", me, vl);
            todo = DO_ACK
        :: !has(TEXT) && st[me] == FIN_WAIT_1 && una[me] == nxt[me] -> on_RCV_FIN_ACK_OF_FIN(me)
        :: !has(TEXT) && !(st[me] == FIN_WAIT_1 && una[me] == nxt[me]) -> on_RCV_FIN(me)
        fi
    :: else -> todo = DO_ACK
    fi
}

#ifdef NO_SEQ_CHECK
#define acceptable true
#else
#define acceptable (diff(sq, rcv[me]) < WND)
#endif

inline in_other() /* 3.10.7.4 */
{
    if
    :: st[me] == SYN_RECEIVED && has(SYN) && has(ACK) && !has(RST) && sq == irs[me] && !passive[me] ->
        fl = fl - SYN; /* both opened: it brings the acknowledgement of ours */
        sq = plus(sq, 1)
    :: else
    fi;
    if
    :: st[me] == SYN_RECEIVED && has(SYN) && !has(ACK + RST) && sq == irs[me] -> todo = DO_SYN_ACK
    :: else ->
        if
        :: !(acceptable) ->
            if
            :: !has(RST) && length() -> todo = DO_ACK
            :: !has(RST) && !length() && answers > 0 -> answers--; todo = DO_ACK
            :: else
            fi
        :: acceptable && has(RST) -> reset()
        :: acceptable && !has(RST) && has(SYN) ->
            if
            :: st[me] == SYN_RECEIVED && passive[me] -> on_RCV_SYN_PASSIVE(me)
            :: else -> todo = DO_ACK
            fi
        :: acceptable && !has(RST) && !has(SYN) && has(ACK) ->
            acknowledgement();
            if
            :: go && length() -> text()
            :: else
            fi;
            go = 0
        :: else
        fi
    fi
}

inline in_time_wait() /* src/tcp/timewait.c */
{
    if
    :: has(RST) ->
#ifdef NO_RFC1337
        if
        :: sq == rcv[me] -> taken(); on_RCV_RST(me)
        :: else
        fi
#else
        skip
#endif
    :: !has(RST) && has(SYN) && !has(ACK) ->
        if
#ifdef NO_REUSE_CHECK
        :: true ->
#else
        :: lt(rcv[me], sq) ->
#endif
            on_RCV_NEW_SYN(me);
            forget();
            if
            :: opens[me] > 0 ->
                opens[me]--;
                on_OPEN_PASSIVE(me);
                in_listen()
            :: else -> stray()
            fi
#ifndef NO_REUSE_CHECK
        :: else -> todo = DO_ACK
#endif
        fi
    :: !has(RST) && has(ACK) && has(FIN) && plus(sq, 1) == rcv[me] -> wait[me] = REST; todo = DO_ACK
    :: else ->
        if
        :: !has(RST) && length() && has(ACK) -> todo = DO_ACK
        :: else
        fi
    fi
}

inline arrives()
{
    printf("@take %d %d %d %d %d\n", me, fl, sq, ak, vl);
    if
    :: st[me] == CLOSED -> stray()
    :: st[me] == LISTEN -> in_listen()
    :: st[me] == SYN_SENT -> in_syn_sent()
    :: st[me] == TIME_WAIT -> in_time_wait()
    :: else -> in_other()
    fi
}

/* ---- an end: its application, and its timers ---- */

#define unanswered (una[me] != nxt[me] && st[me] >= SYN_SENT && st[me] != TIME_WAIT)
#define over (st[A] == CLOSED && st[B] == CLOSED && opens[A] + opens[B] == 0 && quiet)
/* What the peer would still have to say, nobody will. */
#define alone (cut || quiet && (st[peer] <= LISTEN || inc[peer] != inc[me]))

/* In AGAIN the server listens anew when the client does not rest any more: else an old SYN makes a half-open connection, which
 * lives longer than 2MSL, and what TIME-WAIT answers it is younger than TIME-WAIT (OLD_SYN shows it). */
#if defined(AGAIN) && !defined(OLD_SYN)
#define may_listen (wait[A] == 0)
#else
#define may_listen true
#endif

inline application()
{
    if
#ifdef AGAIN
    :: me == A && st[me] == CLOSED && opens[me] > 0 && st[B] != CLOSED ->
#else
    :: me == A && st[me] == CLOSED && opens[me] > 0 ->
#endif
        opens[me]--;
        printf("@open %d\n", me);
        inc[me] = opens[me] == 0 && SECOND;
        on_OPEN_ACTIVE(me);
        number()
    :: me == B && st[me] == CLOSED && opens[me] > 0 && may_listen -> opens[me]--; printf("@listen %d\n", me); on_OPEN_PASSIVE(me)
    :: (st[me] == ESTABLISHED || st[me] == CLOSE_WAIT) && sent[me] < TEXTS && (me == A || !SECOND) && !inc[me] ->
        printf("@write %d %d\n", me, sent[me]);
        todo = WRITE
    :: st[me] == ESTABLISHED || st[me] == CLOSE_WAIT || st[me] == SYN_RECEIVED && !passive[me] ->
        printf("@close %d\n", me);
        on_CLOSE(me)
#ifdef LIFE
    :: me == B && st[me] == CLOSED && opens[me] > 0 -> opens[me]--; printf("@open %d\n", me); on_OPEN_ACTIVE(me); number()
    :: st[me] == LISTEN -> number(); on_SEND(me)
    :: st[me] == LISTEN -> on_CLOSE(me)
    :: aborts > 0 && st[me] >= SYN_RECEIVED && st[me] <= CLOSE_WAIT -> aborts--; rude = 1; on_ABORT_REST(me)
#endif
#if defined(LIFE) || defined(CRASH)
    :: st[me] == SYN_SENT -> printf("@close %d\n", me); rude = 1; on_CLOSE(me)
    :: aborts > 0 && st[me] != CLOSED -> printf("@abort %d\n", me); aborts--; rude = 1; on_ABORT(me)
#endif
#ifndef AGAIN
#ifndef NO_REPEAT
    :: unanswered && !cut && quiet -> printf("@timer %d\n", me); todo = REPEAT
    :: unanswered && !cut && !quiet && hasty > 0 -> hasty--; printf("@timer %d\n", me); todo = REPEAT
#endif
    :: st[me] == TIME_WAIT && (cut || quiet && st[peer] != LAST_ACK && st[peer] != CLOSING) -> on_TIMEOUT_2MSL(me)
#endif
#ifdef LIFE
    :: unanswered && cut -> on_GIVE_UP(me)
    :: unanswered && cut -> on_USER_TIMEOUT(me)
    :: (st[me] == SYN_SENT || st[me] == SYN_RECEIVED) && cut -> on_ICMP_HARD(me)
#endif
#if (defined(LIFE) || defined(CRASH)) && !defined(NO_ORPHAN_TIMER)
    :: st[me] == FIN_WAIT_2 && alone -> on_TIMEOUT_ORPHAN(me)
    :: st[me] == FIN_WAIT_2 && alone -> on_GIVE_UP(me)
#endif
    fi
}

proctype end(byte me)
{
    byte at;
    do
    :: atomic { application(); done() }
    :: over -> break
    od
}

/* ---- the channel ---- */

inline remove()
{
    at = i;
    do
    :: at < SLOTS - 1 -> net[at] = net[at + 1]; at++
    :: else -> break
    od;
    net[SLOTS - 1] = 0;
    at = 0
}

inline deliver()
{
    if /* any of them */
    :: net[0] != 0 -> i = 0
    :: net[1] != 0 && net[1] != net[0] -> i = 1
    :: net[2] != 0 && net[2] != net[1] -> i = 2
#if SLOTS > 3
    :: net[3] != 0 && net[3] != net[2] -> i = 3
#endif
    fi;
    me = net[i] & 1;
    fl = (net[i] >> 1) & 31;
    sq = (net[i] >> 6) & MASK;
    ak = (net[i] >> 10) & MASK;
    vl = (net[i] >> 14) & 3;
    ic = (net[i] >> 16) & 1;
    if
    :: skip
    :: loss > 0 -> loss--; printf("@lose %d %d %d %d %d\n", me, fl, sq, ak, vl); fl = 0
    :: copies > 0 -> copies--; printf("@keep %d %d %d %d %d\n", me, fl, sq, ak, vl); i = SLOTS
    fi;
    if
    :: i < SLOTS -> remove()
    :: else
    fi;
    i = 0;
    if
    :: fl != 0 -> arrives()
    :: else
    fi
}

#ifdef AGAIN
/* A tick of the clock. What has lived for MSL - 1 of them must arrive, or be lost, before; and what is sent then
 * has room: time does not lose anything. */
inline tick()
{
    at = 0;
    do
    :: at < SLOTS && net[at] != 0 -> net[at] = net[at] + TICK; at++
    :: else -> break
    od;
    at = 0;
    printf("@tick\n");
    me = 0;
    do
    :: me < 2 ->
        if
        :: wait[me] == 1 -> rested = 1; on_TIMEOUT_2MSL(me)
        :: wait[me] > 1 -> wait[me]--
        :: unanswered -> printf("@timer %d\n", me); todo = REPEAT
        :: else
        fi;
        done();
        me++
    :: else -> break
    od
}
#endif

proctype network()
{
    byte me, i, at;
    bit go;
end_idle: /* whatever there was has arrived */
    do
    :: atomic { deliver(); done(); me = 0 }
    :: atomic { cuts > 0 && !cut ->
        cuts--; cut = 1; rude = 1;
        printf("@cut\n");
        do
        :: i < SLOTS -> net[i] = 0; i++
        :: else -> break
        od;
        i = 0 }
#if defined(AGAIN) && !defined(NO_TIME)
    :: atomic { age(net[0]) < MSL - 1 && net[SLOTS - 2] == 0 && (!quiet || wait[A] + wait[B] > 0 || una[A] != nxt[A] || una[B] != nxt[B]) ->
        tick();
        me = 0 }
#endif
#ifdef FORGER
    :: atomic { !probed -> probed = 1; told = 8; printf("@probe %d\n", told) }
    :: atomic { probed && forged < 3 ->
        forged++;
        printf("@forge\n");
        todo = FORGED;
        ic = 1;
        if
        :: fl = SYN; sq = 4
        :: fl = ACK; sq = 5; ak = plus(told, 1)
        :: fl = TEXT + ACK; sq = 5; ak = plus(told, 1)
        :: fl = FIN + ACK; sq = 5; ak = plus(told, 1)
        :: fl = SYN + ACK; sq = 4; ak = plus(told, 1)
        :: fl = RST; sq = 5
        fi;
        done() }
#endif
    od
}

init
{
    atomic {
        c_code { atexit(report); };
        edge[B] = 8;
        loss = LOSS; copies = COPIES; hasty = HASTY; aborts = ABORTS; cuts = CUTS; answers = ANSWERS;
        opens[A] = 1 + SECOND;
        opens[B] = 1 + SECOND;
#ifdef FORGER
        opens[A] = 0;
#endif
        run end(A);
        run end(B);
        run network()
    }
}
