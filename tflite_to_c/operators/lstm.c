{% from "templates/dot.c" import dot, first_row with context %}

{#- Adds four rows of weights, each of a byte, times values to acc0 to acc3: each value is fetched once. Moves w on. -#}
{% macro four_rows() %}
const int32_t n = l->columns;
const int8_t *w1 = w + n, *w2 = w1 + n, *w3 = w2 + n;
int32_t i = 0;
#ifdef DUAL
for (; i <= n - 4; i += 4) {
    uint32_t four = load4(in + i);
    const uint32_t x_even = even(four), x_odd = odd(four);
{% for row in range(4) %}
    four = load4(w{{ row or "" }} + i);
    acc{{ row }} = dual(odd(four), x_odd, dual(even(four), x_even, acc{{ row }}));
{% endfor %}
}
#endif
for (; i < n; i++) {
    const int32_t x = in[i];
{% for row in range(4) %}
    acc{{ row }} += x * w{{ row or "" }}[i];
{% endfor %}
}
w = w3 + n;
{% endmacro %}

{#- Adds two rows of indices into tables to acc0 and acc1; more would not fit into a Cortex-M's registers. -#}
{% macro two_rows(kind) %}
{% set each = 8 // kind.index_bits %}
{% set mask = 2 ** kind.index_bits - 1 %}
const int8_t *x = in, *w1 = w + l->table_step;
const uint8_t *codes1 = codes + (l->columns + {{ each - 1 }}) / {{ each }};
int32_t n = l->columns;
for (; n >= {{ each }}; n -= {{ each }}, x += {{ each }}) {
    const uint32_t code0 = *codes++, code1 = *codes1++; /* {{ each }} indices each */
{% for place in range(each) %}
    acc0 += x[{{ place }}] * w[code0 >> {{ kind.index_bits * place }} & {{ mask }}u];
    acc1 += x[{{ place }}] * w1[code1 >> {{ kind.index_bits * place }} & {{ mask }}u];
{% endfor %}
}
if (n > 0) {
    uint32_t code0 = *codes, code1 = *codes1++;
    for (; n > 0; n--, x++, code0 >>= {{ kind.index_bits }}, code1 >>= {{ kind.index_bits }}) {
        acc0 += *x * w[code0 & {{ mask }}u];
        acc1 += *x * w1[code1 & {{ mask }}u];
    }
}
codes = codes1;
{% endmacro %}

{% macro shared() %}
{% set rescale = "rescale" if moderate else "scale" %}
#define UNITS {{ most_units }} /* of the largest layer */

typedef struct {
    const int32_t *bias; /* with the vector's zero point folded in */
    const int16_t *short_bias; /* the same, where they are that small */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them; four rows a unit, of its gates: input, forget, cell, output */
    const COUNT *counts;
    int32_t multiplier[4];
    int8_t shift[4];
    DIMENSION columns, table_step, table_mask; /* row r has the table number r & table_mask */
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
{% if moderate %}

/* As scale; the high half of a product is an instruction on some cores. */
static inline int32_t rescale(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t high = (int32_t)(((int64_t)(2 * x) * multiplier + 0x80000000) >> 32);
    return (high + (high >> 31) + (1 << (shift - 1))) >> shift;
}
{% endif %}

static void forget_lstm(const Lstm *p)
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
        const int32_t output = {{ rescale }}(shown * sigmoid(gate[3]), p->hidden_multiplier, p->hidden_shift);
        p->cell[i] = (int16_t)cell;
        p->hidden[i] = clamp(output + p->hidden_zero, -128, 127);
    }
}

static inline int32_t bias_of(const Sums *l, int32_t row)
{
    return l->bias ? l->bias[row] : l->short_bias[row];
}

/* Adds what comes of one vector to a gate. */
static inline void add_sum(const Sums *l, int32_t row, int32_t sum, int16_t *gates)
{
    const int32_t added = saturate({{ rescale }}(sum, l->multiplier[row & 3], l->shift[row & 3]));
    gates[row] = (int16_t)saturate(gates[row] + added);
}
{% for encoding in sum_encodings %}

static void sums_{{ encoding }}(const Sums *l, const int8_t *in, int16_t *gates, int32_t rows)
{
    {{ first_row(encoding) | trim | indent }}
{% if KINDS[encoding].sparse or encoding == "coded" %}
    for (int32_t row = 0; row < rows; row++) {
        const int8_t *x = in;
        int32_t acc0 = bias_of(l, row);
{% if KINDS[encoding].index_bits < 8 %}
        w = l->values + (row & l->table_mask) * l->table_step;
{% endif %}
        {{ dot(encoding, 1) | trim | indent(8) }}
        add_sum(l, row, acc0, gates);
    }
{% elif encoding == "dense" %}
    for (int32_t row = 0; row < rows; row += 4) {
{% for place in range(4) %}
        int32_t acc{{ place }} = bias_of(l, row{{ " + %d" % place if place }});
{% endfor %}
        {{ four_rows() | trim | indent(8) }}
        const int32_t sums[] = {acc0, acc1, acc2, acc3};
        for (int32_t gate = 0; gate < 4; gate++)
            add_sum(l, row + gate, sums[gate], gates);
    }
{% else %}
    for (int32_t row = 0; row < rows; row += 2) {
        int32_t acc0 = bias_of(l, row), acc1 = bias_of(l, row + 1);
        w = l->values + (row & l->table_mask) * l->table_step;
        {{ two_rows(KINDS[encoding]) | trim | indent(8) }}
        add_sum(l, row, acc0, gates);
        add_sum(l, row + 1, acc1, gates);
    }
{% endif %}
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
