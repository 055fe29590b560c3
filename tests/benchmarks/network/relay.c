/* A bottleneck between two network namespaces, by a program: rate, queue, delay, jitter, loss.
 *
 *     relay HOME PHONE SEED RECORDS
 *
 * Makes an Ethernet interface "eth0" (TAP, Linux' Documentation/networking/tuntap.rst) in each of
 * the two namespaces (ip-netns(8)) and passes frames between them. On the way to PHONE, IPv4
 * packets pass a link as a table on stdin has it, one row a line, "go" after the last row:
 *
 *     FROM_US RATE_BPS QUEUE_BYTES DELAY_US JITTER_US LOSS_PPM BACK_US ORDERED
 *
 * A row holds from FROM_US after the "start" line on; before it, and until the second row, the
 * first one holds. In this order a packet is lost by chance, or dropped where more than QUEUE_BYTES
 * would wait (the one that is being sent among them), or sent at RATE_BPS after those before it,
 * and arrives DELAY_US later, plus or minus up to JITTER_US by chance: so packets may overtake each
 * other, unless ORDERED is 1, where none arrives before those that were sent before it. On the way
 * back a packet arrives BACK_US later. Sizes are those of IP packets.
 *
 * Says "ready" when the interfaces are there, and "started" after "start". From then on it writes to
 * the file RECORDS a line for each IPv4 packet towards PHONE, as it is done with them:
 *
 *     ARRIVED_US SENT_US BYTES PROTOCOL FATE LATE_US
 *
 * SENT_US is when its last bit leaves the queue; FATE is 0 (arrived), 1 (lost by chance), or 2 (the
 * queue was full); LATE_US is how much after its time the program handed it over. Ends with stdin.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { ETHERNET = 14, LARGEST = 2048, ROWS = 65536, WAITING = 65536, ON_THE_WAY = 65536 };
enum fate { ARRIVED, LOST, OVERFLOWN };

typedef long long ns;

struct row {
	ns from;
	long long rate, queue;
	ns delay, jitter;
	long long loss;
	ns back;
	int ordered;
};

struct frame {
	ns due, arrived, sent;
	int to, length;
	unsigned char bytes[LARGEST];
};

static struct row rows[ROWS];
static int row_count, row_now;
static ns started = -1;

static struct { ns sent; int bytes; } waiting[WAITING]; /* a ring: what has not left the queue */
static unsigned first_waiting, after_waiting;
static long long backlog;
static ns free_at, last_due;

static struct frame *heap[ON_THE_WAY]; /* the one that is due first on top */
static int heap_count;

static int link_home, link_phone;
static uint64_t chance_state;
static FILE *records;

static ns now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * (ns)1000000000 + t.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* A number from 0 to 1, by splitmix64 (Steele, Lea, Flood 2014). */
static double chance(void)
{
	uint64_t z = (chance_state += 0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return ((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static int make_interface(const char *namespace)
{
	char path[256];
	snprintf(path, sizeof path, "/run/netns/%s", namespace);
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = open(path, O_RDONLY | O_CLOEXEC);
	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET)) fail(path);
	int link = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (link < 0) fail("/dev/net/tun");
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI, .ifr_name = "eth0"};
	if (ioctl(link, TUNSETIFF, &request)) fail("TUNSETIFF");
	/* Whoever ends the programs in a namespace does not mean this one. */
	if (setns(here, CLONE_NEWNET)) fail("setns");
	close(here);
	close(there);
	return link;
}

/* The row that holds at a moment, of which each is later than the one before. */
static const struct row *row_at(ns moment)
{
	if (started >= 0)
		while (row_now + 1 < row_count && started + rows[row_now + 1].from <= moment) row_now++;
	return &rows[row_now];
}

/* When a packet has been sent whose first bit is at `begin`: the rate may change meanwhile. */
static ns sent_by(ns begin, int bytes)
{
	double bits = 8.0 * bytes;
	int row = row_now;
	for (ns at = begin;; row++) {
		if (started >= 0)
			while (row + 1 < row_count && started + rows[row + 1].from <= at) row++;
		ns end = started >= 0 && row + 1 < row_count ? started + rows[row + 1].from : LLONG_MAX;
		double rate = rows[row].rate / 1e9;
		if (rate > 0 && (end == LLONG_MAX || bits <= rate * (end - at))) return at + bits / rate;
		if (end == LLONG_MAX) return LLONG_MAX / 2; /* the link is down for good */
		bits -= rate * (end - at);
		at = end;
	}
}

static void push(struct frame *frame)
{
	int at = heap_count++;
	for (; at && heap[(at - 1) / 2]->due > frame->due; at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = frame;
}

static struct frame *pop(void)
{
	struct frame *top = heap[0], *last = heap[--heap_count];
	int at = 0;
	for (int child; (child = 2 * at + 1) < heap_count; at = child) {
		if (child + 1 < heap_count && heap[child + 1]->due < heap[child]->due) child++;
		if (heap[child]->due >= last->due) break;
		heap[at] = heap[child];
	}
	heap[at] = last;
	return top;
}

static int is_ipv4(const struct frame *frame)
{
	return frame->length >= ETHERNET + 20 && frame->bytes[12] == 8 && frame->bytes[13] == 0;
}

static void record(const struct frame *frame, enum fate fate, ns late)
{
	if (started < 0 || frame->arrived < started || frame->to != link_phone || !is_ipv4(frame))
		return;
	fprintf(records, "%lld %lld %d %d %d %lld\n", (frame->arrived - started) / 1000,
		(frame->sent - started) / 1000, frame->length - ETHERNET,
		frame->bytes[ETHERNET + 9], fate, late / 1000);
}

static void let_leave(ns moment)
{
	while (first_waiting != after_waiting && waiting[first_waiting % WAITING].sent <= moment)
		backlog -= waiting[first_waiting++ % WAITING].bytes;
}

/* What becomes of a frame towards PHONE. */
static enum fate through_bottleneck(struct frame *frame)
{
	const struct row *row = row_at(frame->arrived);
	double lost = chance(), shifted = 2 * chance() - 1;
	int bytes = frame->length - ETHERNET;
	frame->sent = frame->arrived;
	if (lost * 1e6 < row->loss) return LOST;
	let_leave(frame->arrived);
	if (backlog + bytes > row->queue || after_waiting - first_waiting == WAITING)
		return OVERFLOWN;
	frame->sent = sent_by(free_at > frame->arrived ? free_at : frame->arrived, bytes);
	free_at = frame->sent;
	backlog += bytes;
	waiting[after_waiting % WAITING].bytes = bytes;
	waiting[after_waiting++ % WAITING].sent = frame->sent;
	frame->due = frame->sent + row->delay + (ns)(shifted * row->jitter);
	if (row->ordered && frame->due <= last_due) frame->due = last_due + 1;
	last_due = frame->due;
	return ARRIVED;
}

static void take(int from)
{
	for (;;) {
		struct frame *frame = malloc(sizeof *frame);
		if (!frame) fail("malloc");
		frame->length = read(from, frame->bytes, sizeof frame->bytes);
		if (frame->length <= 0 || heap_count == ON_THE_WAY) {
			int nothing = frame->length <= 0;
			free(frame);
			if (nothing) return;
			continue;
		}
		frame->arrived = frame->sent = now();
		frame->to = from == link_home ? link_phone : link_home;
		frame->due = frame->arrived + row_at(frame->arrived)->back;
		enum fate fate = ARRIVED;
		if (frame->to == link_phone && is_ipv4(frame)) fate = through_bottleneck(frame);
		if (fate == ARRIVED) {
			push(frame);
		} else {
			record(frame, fate, 0);
			free(frame);
		}
	}
}

static void deliver(void)
{
	ns moment;
	while (heap_count && heap[0]->due <= (moment = now())) {
		struct frame *frame = pop();
		/* An interface that is down or full loses it, as any cable does. */
		if (write(frame->to, frame->bytes, frame->length) < 0 && errno == EBADFD) fail("write");
		record(frame, ARRIVED, moment - frame->due);
		free(frame);
	}
}

static void read_table(void)
{
	char line[256];
	while (fgets(line, sizeof line, stdin) && strcmp(line, "go\n")) {
		struct row *row = &rows[row_count];
		if (row_count == ROWS || sscanf(line, "%lld %lld %lld %lld %lld %lld %lld %d", &row->from, &row->rate,
				&row->queue, &row->delay, &row->jitter, &row->loss, &row->back,
				&row->ordered) != 8) {
			fprintf(stderr, "This row is wrong, or one too many: %s", line);
			exit(2);
		}
		row->from *= 1000, row->delay *= 1000, row->jitter *= 1000, row->back *= 1000;
		row_count++;
	}
	if (!row_count) exit(2);
}

int main(int argc, char **argv)
{
	if (argc != 5) return 2;
	link_home = make_interface(argv[1]);
	link_phone = make_interface(argv[2]);
	chance_state = strtoull(argv[3], NULL, 10);
	if (!(records = fopen(argv[4], "w"))) fail(argv[4]);
	setvbuf(records, NULL, _IOFBF, 1 << 20);
	setvbuf(stdin, NULL, _IONBF, 0); /* poll() must see what is not read yet */
	read_table();
	/* Before all others: the error of the relay is how long it waits for a processor. */
	if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 10}))
		perror("SCHED_FIFO");
	puts("ready");
	fflush(stdout);
	struct pollfd ends[] = {{link_home, POLLIN, 0}, {link_phone, POLLIN, 0}, {0, POLLIN, 0}};
	for (;;) {
		ns wait = heap_count ? heap[0]->due - now() : (ns)1000000000;
		if (wait < 0) wait = 0;
		struct timespec timeout = {wait / 1000000000, wait % 1000000000};
		if (ppoll(ends, 3, &timeout, NULL) < 0 && errno != EINTR) fail("ppoll");
		for (int end = 0; end < 2; end++)
			if (ends[end].revents & POLLIN) take(ends[end].fd);
		if (ends[2].revents) {
			char line[16];
			if (!fgets(line, sizeof line, stdin)) break;
			if (!strcmp(line, "start\n")) {
				started = now();
				puts("started");
				fflush(stdout);
			}
		}
		deliver();
	}
	return fclose(records) ? 1 : 0;
}
