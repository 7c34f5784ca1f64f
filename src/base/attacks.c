#include "attacks.h"

const struct attack_class *attack_class(unsigned n)
{
    static const struct attack_class classes[] = {
#define X(number, name, ids, text, mutants) {number, name, ids, text, mutants},
        ATTACK_CLASSES(X)
#undef X
    };
    return n >= 1 && n <= ATTACK_N ? &classes[n - 1] : NULL;
}
