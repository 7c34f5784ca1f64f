/* Lets AddressSanitizer see the use of a recycled buffer or record after it was given back; nothing in other builds. */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#define BASE_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BASE_ASAN
#endif
#endif

#ifdef BASE_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, len)   __asan_poison_memory_region((p), (len))
#define UNPOISON(p, len) __asan_unpoison_memory_region((p), (len))
#else
#define POISON(p, len)   ((void)(p), (void)(len))
#define UNPOISON(p, len) ((void)(p), (void)(len))
#endif

#endif
