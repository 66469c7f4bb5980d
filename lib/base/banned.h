/*
 * banned.h - functions that are a mistake waiting to happen.
 *
 * Each of them has no bound, hides an error, or keeps state that threads
 * share.  Using one is a compile error; the word after "use" is the way out.
 * base.h includes this file last, after every system header that declares
 * one of them.
 */
#ifndef PULSE_BANNED_H
#define PULSE_BANNED_H

#define BANNED(func, instead) \
	sorry_##func##_is_banned_use_##instead

#undef strcpy
#define strcpy(d, s) BANNED(strcpy, struct_text)
#undef strcat
#define strcat(d, s) BANNED(strcat, struct_text)
#undef strncpy
#define strncpy(d, s, n) BANNED(strncpy, memcpy)
#undef strncat
#define strncat(d, s, n) BANNED(strncat, struct_text)
#undef sprintf
#define sprintf(...) BANNED(sprintf, snprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf, vsnprintf)
#undef strtok
#define strtok(s, d) BANNED(strtok, strcspn)
#undef gmtime
#define gmtime(t) BANNED(gmtime, time_format)
#undef localtime
#define localtime(t) BANNED(localtime, time_format)
#undef ctime
#define ctime(t) BANNED(ctime, time_format)
#undef asctime
#define asctime(t) BANNED(asctime, time_format)
#undef atoi
#define atoi(s) BANNED(atoi, text_to_int)
#undef atol
#define atol(s) BANNED(atol, text_to_int)
#undef atoll
#define atoll(s) BANNED(atoll, text_to_int)
#undef rand
#define rand() BANNED(rand, random_bytes)

#endif
