/*
 * clock.c - moments and their text.
 */
#include "clock.h"

int64_t
time_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
time_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
days_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
		+ day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

void
civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int64_t)yoe + era * 400 + (*month <= 2);
}

/* Exactly n digits at *p, which moves past them. */
static bool
digits(const char **p, const char *end, int n, int *value)
{
	*value = 0;
	while (n--) {
		if (*p == end || **p < '0' || **p > '9')
			return false;
		*value = *value * 10 + (*(*p)++ - '0');
	}
	return true;
}

static bool
literal(const char **p, const char *end, char c)
{
	return *p < end && *(*p)++ == c;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static int
decimals(const char **p, const char *end)
{
	int ms = 0, weight = 100;

	while (*p < end && isdigit((unsigned char)**p)) {
		ms += (*(*p)++ - '0') * weight;
		weight /= 10;
	}
	return ms;
}

/* Z, +02:00, +0200, +02; minutes east of Greenwich. */
static bool
offset(const char **p, const char *end, int *minutes)
{
	int sign, hour, minute = 0;
	bool colon;

	if (*p < end && (**p == 'Z' || **p == 'z')) {
		++*p;
		*minutes = 0;
		return true;
	}
	if (*p == end || (**p != '+' && **p != '-'))
		return false;
	sign = *(*p)++ == '-' ? -1 : 1;
	if (!digits(p, end, 2, &hour))
		return false;
	colon = *p < end && **p == ':';
	*p += colon;
	if ((colon || *p < end) && !digits(p, end, 2, &minute))
		return false;
	*minutes = sign * (hour * 60 + minute);
	return hour <= 23 && minute <= 59;
}

bool
time_parse(const char *string, size_t len, int64_t *moment)
{
	const char *p = string, *end = string + len;
	int year, month, day, hour, minute, second, ms = 0, east;

	if (!digits(&p, end, 4, &year) || !literal(&p, end, '-') ||
	    !digits(&p, end, 2, &month) || !literal(&p, end, '-') ||
	    !digits(&p, end, 2, &day))
		return false;
	if (p == end || (*p != 'T' && *p != 't' && *p != ' '))
		return false;
	p++;
	if (!digits(&p, end, 2, &hour) || !literal(&p, end, ':') ||
	    !digits(&p, end, 2, &minute) || !literal(&p, end, ':') ||
	    !digits(&p, end, 2, &second))
		return false;
	if (p < end && *p == '.') {
		p++;
		if (p == end || !isdigit((unsigned char)*p))
			return false;
		ms = decimals(&p, end);
	}
	if (p < end && *p == ' ')
		p++;
	if (!offset(&p, end, &east) || p != end)
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || hour > 23 || minute > 59 ||
	    second > 60)
		return false;
	*moment = ((days_from_civil(year, (unsigned)month, (unsigned)day) *
		    86400) + hour * 3600 + (minute - east) * 60 + second) *
		  1000 + ms;
	return true;
}

char *
time_format(int64_t moment, char to[TIME_TEXT])
{
	int64_t days = moment / 86400000, rest = moment % 86400000, year;
	unsigned month, day, ms;
	char wide[64];

	if (rest < 0) {
		rest += 86400000;
		days--;
	}
	ms = (unsigned)rest;
	civil_from_days(days, &year, &month, &day);
	snprintf(wide, sizeof(wide), "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ",
		 (int)year, month, day, ms / 3600000, ms / 60000 % 60,
		 ms / 1000 % 60, ms % 1000);
	memcpy(to, wide, TIME_TEXT - 1);
	to[TIME_TEXT - 1] = '\0';
	return to;
}
