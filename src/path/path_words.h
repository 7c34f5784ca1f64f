/* Texts are marked here and looked up where they are printed. */
#ifndef PATH_PATH_WORDS_H
#define PATH_PATH_WORDS_H

#define N_(msgid) msgid

#endif
