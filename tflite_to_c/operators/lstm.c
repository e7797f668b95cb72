{% from "templates/dot.c" import dot, first_row with context %}

{% macro shared() %}
#define UNITS {{ most_units }} /* of the largest layer */

typedef struct {
    const int32_t *bias; /* with the vector's zero point folded in */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them; four rows a unit, of its gates: input, forget, cell, output */
    const COUNT *counts;
    int32_t multiplier[4];
    int8_t shift[4];
    DIMENSION columns, table_step;
} Sums;

typedef struct {
    Sums input, recurrent;
    int16_t *cell;
    int8_t *hidden;
    int32_t hidden_multiplier, tangent_factor, tangent_round;
    int16_t low, high; /* of the cell */
    int8_t hidden_shift, hidden_zero, tangent_shift, product_shift;
    DIMENSION units, steps;
} Lstm;

{{ sigmoids }}
static int32_t curve(uint32_t x) /* the sigmoid of x / 24 / 512, times 2^25 */
{
    const uint32_t place = x >> 9;
    if (place >= 255)
        return 0xffff << 9;
    const int32_t low = sigmoids[place];
    return low * 512 + (int32_t)(x & 511) * (sigmoids[place + 1] - low);
}

static int32_t sigmoid(int32_t x) /* Q0.15 of Q3.12 */
{
    const int32_t share = (curve((uint32_t)(x < 0 ? -x : x) * 3) + 512) >> 10;
    return x < 0 ? 32768 - share : share;
}

static int32_t tangent(int32_t x) /* the hyperbolic tangent of x / 3 / 4096, Q0.15 */
{
    const int32_t value = (curve((uint32_t)(x < 0 ? -x : x) * 2) - (1 << 24) + 256) >> 9;
    return x < 0 ? -value : value;
}

static inline int32_t saturate(int32_t x) /* to int16 */
{
    return x < -32768 ? -32768 : x > 32767 ? 32767 : x;
}

static inline int32_t quotient(int32_t x, int32_t shift) /* x / 2 / 2^shift, rounded twice as scale does */
{
    const int32_t half = (x + 1) >> 1;
    return (half + (half >> 31) + (1 << (shift - 1))) >> shift;
}

static void lstm_reset(const Lstm *p)
{
    for (int32_t i = 0; i < p->units; i++) {
        p->cell[i] = 0;
        p->hidden[i] = p->hidden_zero;
    }
}

/* Cell and hidden state after one more step. */
static void lstm_update(const Lstm *p, const int16_t *gate)
{
    for (int32_t i = 0; i < p->units; i++, gate += 4) {
        const int32_t kept = quotient(sigmoid(gate[1]) * p->cell[i], 14);
        const int32_t added = quotient(sigmoid(gate[0]) * tangent(gate[2] * 3), p->product_shift);
        const int32_t sum = kept + saturate(added);
        const int32_t cell = sum < p->low ? p->low : sum > p->high ? p->high : sum;
        const int32_t shown = tangent((cell * p->tangent_factor + p->tangent_round) >> p->tangent_shift);
        const int32_t output = scale(shown * sigmoid(gate[3]), p->hidden_multiplier, p->hidden_shift);
        p->cell[i] = (int16_t)cell;
        p->hidden[i] = clamp(output + p->hidden_zero, -128, 127);
    }
}
{% for encoding in sum_encodings %}

/* Adds to the gates what comes of one vector. */
static void sums_{{ encoding }}(const Sums *l, const int8_t *in, int16_t *gates, int32_t rows)
{
    {{ first_row(encoding) | trim | indent }}
    for (int32_t c = 0; c < rows; c++) {
        const int8_t *x = in;
        int32_t acc0 = l->bias[c];
        {{ dot(encoding, 1) | trim | indent(8) }}
        gates[c] = (int16_t)saturate(gates[c] + saturate(scale(acc0, l->multiplier[c & 3], l->shift[c & 3])));
    }
}
{% endfor %}
{% endmacro %}

{% macro kernel(kernel) %}
{% set input, recurrent = kernel.encoding.split("_") %}
static void {{ kernel.name }}(const Lstm *p, const int8_t *in)
{
    int16_t gates[4 * UNITS];
    const int32_t rows = 4 * p->units;
    for (int32_t i = 0; i < rows; i++) {
        gates[i] = 0;
        KEEP_LOOP;
    }
    sums_{{ input }}(&p->input, in, gates, rows);
    sums_{{ recurrent }}(&p->recurrent, p->hidden, gates, rows);
    lstm_update(p, gates);
}
{% if kernel.name in sequences %}

/* Each step's hidden state, or with `last` that of the last one only. */
static void {{ kernel.name }}_sequence(const Lstm *p, const int8_t *in, int8_t *out, int32_t last)
{
    for (int32_t left = p->steps; left > 0; left--, in += p->input.columns) {
        {{ kernel.name }}(p, in);
        if (last && left > 1)
            continue;
        for (int32_t i = 0; i < p->units; i++) {
            *out++ = p->hidden[i];
            KEEP_LOOP;
        }
    }
}
{% endif %}
{% endmacro %}
