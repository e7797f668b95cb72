#ifndef KEEP_LOOP
{% include "templates/loops.c" %}
#endif

typedef struct {
    const int8_t *values;
    const int16_t *times;  /* of each filter, the oldest first */
    const int32_t *start;  /* of each filter's sum: what the input's zero point adds */
    const int32_t *bias;
    int16_t *state; /* each filter's last results, the oldest first */
    DIMENSION inputs, units, rank, memory;
    int32_t multiplier_a, multiplier_b;
    int8_t shift_a, shift_b, zero;
} Svdf;

static void forget_svdf(const Svdf *p)
{
    for (int32_t i = 0; i < p->units * p->rank * p->memory; i++) {
        p->state[i] = 0;
        KEEP_LOOP;
    }
}

static void svdf(const Svdf *p, const int8_t *in, int8_t *out)
{
    const int8_t *w = p->values;
    const int16_t *time = p->times;
    const int32_t *start = p->start;
    int16_t *state = p->state;
    for (int32_t unit = 0; unit < p->units; unit++) {
        uint32_t sum = (uint32_t)p->bias[unit]; /* wraps around, as TFLM's does */
        for (int32_t filter = 0; filter < p->rank; filter++) {
            for (int32_t age = p->memory - 1; age > 0; age--, state++) {
                *state = state[1];
                sum += (uint32_t)(*state * *time++);
            }
            int32_t found = *start++;
            for (int32_t i = 0; i < p->inputs; i++)
                found += in[i] * *w++;
            found = scale(found, p->multiplier_a, p->shift_a);
            *state = (int16_t)(found < -32768 ? -32768 : found > 32767 ? 32767 : found);
            sum += (uint32_t)(*state++ * *time++);
        }
        out[unit] = clamp(scale((int32_t)sum, p->multiplier_b, p->shift_b) + p->zero, -128, 127);
    }
}
