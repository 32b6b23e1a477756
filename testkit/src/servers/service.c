/* A service that behaves as src/service.conf says: `delay` and `spread` in milliseconds, `score` of its
 * predictions, `status` of /predict, `die` after so many requests, `health` status. It links nothing
 * but libc, statically, so that an image of it needs nothing else. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static double delay = 0, spread = 0, score = 0.2;
static int status = 200, health = 200, die = 0;
static atomic_int seen = 0;

static void wait_for(double ms) {
    struct timespec t = {(time_t)(ms / 1000), (long)((ms - 1000.0 * (int)(ms / 1000)) * 1e6)};
    nanosleep(&t, 0);
}

static void *serve(void *arg) {
    int fd = (int)(long)arg;
    static __thread char in[1 << 17], out[512];
    size_t have = 0;
    unsigned seed = (unsigned)fd * 2654435761u;
    for (;;) {
        char *end;
        while (!(end = memmem(in, have, "\r\n\r\n", 4))) {
            ssize_t n = read(fd, in + have, sizeof in - have);
            if (n <= 0) goto out;
            have += (size_t)n;
        }
        size_t head = (size_t)(end - in) + 4, length = 0;
        char *at = strcasestr(in, "content-length:");
        if (at && at < end) length = (size_t)atol(at + 15);
        while (have < head + length) {
            ssize_t n = read(fd, in + have, sizeof in - have);
            if (n <= 0) goto out;
            have += (size_t)n;
        }
        int predicts = !strncmp(in, "POST /predict", 13);
        int slow = !strncmp(in, "GET /slow", 9);
        unsigned hash = 2166136261u;
        for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)in[head + i]) * 16777619u;
        int code = predicts ? status : health;
        if (predicts) wait_for(delay + spread * (rand_r(&seed) / (double)RAND_MAX));
        if (slow) wait_for(300);
        char body[128];
        int n = snprintf(body, sizeof body, "{\"probability\": %.6f}", score + (hash % 1000) / 2000.0);
        int m = snprintf(out, sizeof out,
                         "HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s",
                         code, n, body);
        if (write(fd, out, (size_t)m) != m) goto out;
        memmove(in, in + head + length, have - head - length);
        have -= head + length;
        if (die && atomic_fetch_add(&seen, 1) + 1 >= die) _exit(3);
    }
out:
    close(fd);
    return 0;
}

int main(void) {
    FILE *conf = fopen("src/service.conf", "r");
    char word[32];
    double value;
    while (conf && fscanf(conf, "%31s %lf", word, &value) == 2) {
        if (!strcmp(word, "delay")) delay = value;
        if (!strcmp(word, "spread")) spread = value;
        if (!strcmp(word, "score")) score = value;
        if (!strcmp(word, "status")) status = (int)value;
        if (!strcmp(word, "health")) health = (int)value;
        if (!strcmp(word, "die")) die = (int)value;
    }
    signal(SIGPIPE, SIG_IGN);
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(8080)};
    if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1024)) return 2;
    printf("serving as %d\n", (int)getuid());
    fflush(stdout);
    for (;;) {
        int c = accept(fd, 0, 0);
        pthread_t t;
        pthread_attr_t attr;
        if (c < 0) continue;
        pthread_attr_init(&attr);
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        pthread_attr_setstacksize(&attr, 1 << 18);
        if (pthread_create(&t, &attr, serve, (void *)(long)c)) close(c);
    }
}
