/* Counts batches of events, and logs what it does.
 *
 * The mistake: built for WASI, as most guides for plugins show it. The host offers none of WASI, so
 * `time` and `puts` alone make the artifact one that it cannot instantiate.
 */
#include <stdio.h>
#include <time.h>

#include "plugin.h"

IDENTITY("wasi-build", "1.0.0");

static unsigned batches;

static void add_number(struct text *text, u64 number) {
    char digits[21];
    unsigned index = sizeof digits - 1;
    digits[index] = '\0';
    do {
        digits[--index] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    add(text, digits + index);
}

EXPORT(cc_lb_handshake) int handshake(void) {
    send_literal(ACCEPT("observe"));
    return 0;
}

EXPORT(observe) int observe(void) {
    batches++;
    puts("observe: one more batch");
    send_literal("{\"_v\":1}");
    return 0;
}

EXPORT(cc_lb_self_check) int self_check(void) {
    struct text response = {.length = 0};
    add(&response, "{\"status\":\"success\",\"failures\":[],\"completed_at\":");
    add_number(&response, (u64)time(NULL));
    add(&response, "}");
    puts("self-check: done");
    send(&response);
    return 0;
}
