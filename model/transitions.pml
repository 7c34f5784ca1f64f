/* Made by tests/house/make_transitions.c of the code's table of transitions (src/tcp/fsm.c); do not edit. */
#define CLOSED 0
#define LISTEN 1
#define SYN_SENT 2
#define SYN_RECEIVED 3
#define ESTABLISHED 4
#define FIN_WAIT_1 5
#define FIN_WAIT_2 6
#define CLOSE_WAIT 7
#define CLOSING 8
#define LAST_ACK 9
#define TIME_WAIT 10

#define DO_NONE 0
#define DO_CREATE 1
#define DO_CREATE_SYN 2
#define DO_SYN 3
#define DO_SYN_ACK 4
#define DO_ACK 5
#define DO_FIN 6
#define DO_RST 7
#define DO_RST_DELETE 8
#define DO_DELETE 9

c_decl {
    static const char *const arrows[] = {
        "CLOSED OPEN_PASSIVE",
        "CLOSED OPEN_ACTIVE",
        "LISTEN RCV_SYN",
        "LISTEN SEND",
        "LISTEN CLOSE",
        "SYN-SENT RCV_SYN",
        "SYN-SENT RCV_SYN_ACK",
        "SYN-SENT CLOSE",
        "SYN-RECEIVED RCV_ACK_OF_SYN",
        "SYN-RECEIVED CLOSE",
        "SYN-RECEIVED RCV_RST_PASSIVE",
        "ESTABLISHED CLOSE",
        "ESTABLISHED RCV_FIN",
        "FIN-WAIT-1 RCV_ACK_OF_FIN",
        "FIN-WAIT-1 RCV_FIN",
        "FIN-WAIT-1 RCV_FIN_ACK_OF_FIN",
        "FIN-WAIT-2 RCV_FIN",
        "CLOSE-WAIT CLOSE",
        "CLOSING RCV_ACK_OF_FIN",
        "LAST-ACK RCV_ACK_OF_FIN",
        "TIME-WAIT TIMEOUT_2MSL",
        "SYN-RECEIVED RCV_SYN_PASSIVE",
        "TIME-WAIT RCV_NEW_SYN",
        "SYN-SENT RCV_RST",
        "SYN-RECEIVED RCV_RST",
        "ESTABLISHED RCV_RST",
        "FIN-WAIT-1 RCV_RST",
        "FIN-WAIT-2 RCV_RST",
        "CLOSE-WAIT RCV_RST",
        "CLOSING RCV_RST",
        "LAST-ACK RCV_RST",
        "TIME-WAIT RCV_RST",
        "LISTEN ABORT",
        "SYN-SENT ABORT",
        "SYN-RECEIVED ABORT",
        "ESTABLISHED ABORT",
        "FIN-WAIT-1 ABORT",
        "FIN-WAIT-2 ABORT",
        "CLOSE-WAIT ABORT",
        "CLOSING ABORT",
        "LAST-ACK ABORT",
        "TIME-WAIT ABORT",
        "SYN-RECEIVED ABORT_REST",
        "ESTABLISHED ABORT_REST",
        "FIN-WAIT-1 ABORT_REST",
        "FIN-WAIT-2 ABORT_REST",
        "CLOSE-WAIT ABORT_REST",
        "SYN-SENT USER_TIMEOUT",
        "SYN-RECEIVED USER_TIMEOUT",
        "ESTABLISHED USER_TIMEOUT",
        "FIN-WAIT-1 USER_TIMEOUT",
        "CLOSE-WAIT USER_TIMEOUT",
        "CLOSING USER_TIMEOUT",
        "LAST-ACK USER_TIMEOUT",
        "SYN-SENT GIVE_UP",
        "SYN-RECEIVED GIVE_UP",
        "ESTABLISHED GIVE_UP",
        "FIN-WAIT-1 GIVE_UP",
        "FIN-WAIT-2 GIVE_UP",
        "CLOSE-WAIT GIVE_UP",
        "CLOSING GIVE_UP",
        "LAST-ACK GIVE_UP",
        "FIN-WAIT-2 TIMEOUT_ORPHAN",
        "SYN-SENT ICMP_HARD",
        "SYN-RECEIVED ICMP_HARD",
    };
    static unsigned char walked[65];
}
#define ARROWS 65

inline on_OPEN_PASSIVE(me)
{
    if
    :: st[me] == CLOSED -> c_code { walked[0] = 1; }; st[me] = LISTEN; todo = DO_CREATE; printf("@move %d 1\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_OPEN_ACTIVE(me)
{
    if
    :: st[me] == CLOSED -> c_code { walked[1] = 1; }; st[me] = SYN_SENT; todo = DO_CREATE_SYN; printf("@move %d 2\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_SEND(me)
{
    if
    :: st[me] == LISTEN -> c_code { walked[3] = 1; }; st[me] = SYN_SENT; todo = DO_SYN; printf("@move %d 2\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_CLOSE(me)
{
    if
    :: st[me] == LISTEN -> c_code { walked[4] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == SYN_SENT -> c_code { walked[7] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == SYN_RECEIVED -> c_code { walked[9] = 1; }; st[me] = FIN_WAIT_1; todo = DO_FIN; printf("@move %d 5\n", me)
    :: st[me] == ESTABLISHED -> c_code { walked[11] = 1; }; st[me] = FIN_WAIT_1; todo = DO_FIN; printf("@move %d 5\n", me)
    :: st[me] == CLOSE_WAIT -> c_code { walked[17] = 1; }; st[me] = LAST_ACK; todo = DO_FIN; printf("@move %d 9\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_ABORT(me)
{
    if
    :: st[me] == LISTEN -> c_code { walked[32] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == SYN_SENT -> c_code { walked[33] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == SYN_RECEIVED -> c_code { walked[34] = 1; }; st[me] = CLOSED; todo = DO_RST_DELETE; printf("@move %d 0\n", me)
    :: st[me] == ESTABLISHED -> c_code { walked[35] = 1; }; st[me] = CLOSED; todo = DO_RST_DELETE; printf("@move %d 0\n", me)
    :: st[me] == FIN_WAIT_1 -> c_code { walked[36] = 1; }; st[me] = CLOSED; todo = DO_RST_DELETE; printf("@move %d 0\n", me)
    :: st[me] == FIN_WAIT_2 -> c_code { walked[37] = 1; }; st[me] = CLOSED; todo = DO_RST_DELETE; printf("@move %d 0\n", me)
    :: st[me] == CLOSE_WAIT -> c_code { walked[38] = 1; }; st[me] = CLOSED; todo = DO_RST_DELETE; printf("@move %d 0\n", me)
    :: st[me] == CLOSING -> c_code { walked[39] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == LAST_ACK -> c_code { walked[40] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == TIME_WAIT -> c_code { walked[41] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_ABORT_REST(me)
{
    if
    :: st[me] == SYN_RECEIVED -> c_code { walked[42] = 1; }; st[me] = TIME_WAIT; todo = DO_RST; printf("@move %d 10\n", me)
    :: st[me] == ESTABLISHED -> c_code { walked[43] = 1; }; st[me] = TIME_WAIT; todo = DO_RST; printf("@move %d 10\n", me)
    :: st[me] == FIN_WAIT_1 -> c_code { walked[44] = 1; }; st[me] = TIME_WAIT; todo = DO_RST; printf("@move %d 10\n", me)
    :: st[me] == FIN_WAIT_2 -> c_code { walked[45] = 1; }; st[me] = TIME_WAIT; todo = DO_RST; printf("@move %d 10\n", me)
    :: st[me] == CLOSE_WAIT -> c_code { walked[46] = 1; }; st[me] = TIME_WAIT; todo = DO_RST; printf("@move %d 10\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_SYN(me)
{
    if
    :: st[me] == LISTEN -> c_code { walked[2] = 1; }; st[me] = SYN_RECEIVED; todo = DO_SYN_ACK; printf("@move %d 3\n", me)
    :: st[me] == SYN_SENT -> c_code { walked[5] = 1; }; st[me] = SYN_RECEIVED; todo = DO_SYN_ACK; printf("@move %d 3\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_SYN_ACK(me)
{
    if
    :: st[me] == SYN_SENT -> c_code { walked[6] = 1; }; st[me] = ESTABLISHED; todo = DO_ACK; printf("@move %d 4\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_ACK_OF_SYN(me)
{
    if
    :: st[me] == SYN_RECEIVED -> c_code { walked[8] = 1; }; st[me] = ESTABLISHED; todo = DO_NONE; printf("@move %d 4\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_FIN(me)
{
    if
    :: st[me] == ESTABLISHED -> c_code { walked[12] = 1; }; st[me] = CLOSE_WAIT; todo = DO_ACK; printf("@move %d 7\n", me)
    :: st[me] == FIN_WAIT_1 -> c_code { walked[14] = 1; }; st[me] = CLOSING; todo = DO_ACK; printf("@move %d 8\n", me)
    :: st[me] == FIN_WAIT_2 -> c_code { walked[16] = 1; }; st[me] = TIME_WAIT; todo = DO_ACK; printf("@move %d 10\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_ACK_OF_FIN(me)
{
    if
    :: st[me] == FIN_WAIT_1 -> c_code { walked[13] = 1; }; st[me] = FIN_WAIT_2; todo = DO_NONE; printf("@move %d 6\n", me)
    :: st[me] == CLOSING -> c_code { walked[18] = 1; }; st[me] = TIME_WAIT; todo = DO_NONE; printf("@move %d 10\n", me)
    :: st[me] == LAST_ACK -> c_code { walked[19] = 1; }; st[me] = CLOSED; todo = DO_NONE; printf("@move %d 0\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_FIN_ACK_OF_FIN(me)
{
    if
    :: st[me] == FIN_WAIT_1 -> c_code { walked[15] = 1; }; st[me] = TIME_WAIT; todo = DO_ACK; printf("@move %d 10\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_RST(me)
{
    if
    :: st[me] == SYN_SENT -> c_code { walked[23] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == SYN_RECEIVED -> c_code { walked[24] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == ESTABLISHED -> c_code { walked[25] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == FIN_WAIT_1 -> c_code { walked[26] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == FIN_WAIT_2 -> c_code { walked[27] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == CLOSE_WAIT -> c_code { walked[28] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == CLOSING -> c_code { walked[29] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == LAST_ACK -> c_code { walked[30] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == TIME_WAIT -> c_code { walked[31] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_RST_PASSIVE(me)
{
    if
    :: st[me] == SYN_RECEIVED -> c_code { walked[10] = 1; }; st[me] = LISTEN; todo = DO_NONE; printf("@move %d 1\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_SYN_PASSIVE(me)
{
    if
    :: st[me] == SYN_RECEIVED -> c_code { walked[21] = 1; }; st[me] = LISTEN; todo = DO_NONE; printf("@move %d 1\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_RCV_NEW_SYN(me)
{
    if
    :: st[me] == TIME_WAIT -> c_code { walked[22] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_USER_TIMEOUT(me)
{
    if
    :: st[me] == SYN_SENT -> c_code { walked[47] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == SYN_RECEIVED -> c_code { walked[48] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == ESTABLISHED -> c_code { walked[49] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == FIN_WAIT_1 -> c_code { walked[50] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == CLOSE_WAIT -> c_code { walked[51] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == CLOSING -> c_code { walked[52] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == LAST_ACK -> c_code { walked[53] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_GIVE_UP(me)
{
    if
    :: st[me] == SYN_SENT -> c_code { walked[54] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == SYN_RECEIVED -> c_code { walked[55] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == ESTABLISHED -> c_code { walked[56] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == FIN_WAIT_1 -> c_code { walked[57] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == FIN_WAIT_2 -> c_code { walked[58] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == CLOSE_WAIT -> c_code { walked[59] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == CLOSING -> c_code { walked[60] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == LAST_ACK -> c_code { walked[61] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_TIMEOUT_2MSL(me)
{
    if
    :: st[me] == TIME_WAIT -> c_code { walked[20] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_TIMEOUT_ORPHAN(me)
{
    if
    :: st[me] == FIN_WAIT_2 -> c_code { walked[62] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}

inline on_ICMP_HARD(me)
{
    if
    :: st[me] == SYN_SENT -> c_code { walked[63] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: st[me] == SYN_RECEIVED -> c_code { walked[64] = 1; }; st[me] = CLOSED; todo = DO_DELETE; printf("@move %d 0\n", me)
    :: else -> assert(false) /* no such arrow */
    fi
}
