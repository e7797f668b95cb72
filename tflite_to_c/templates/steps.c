{#- Layers without weights. -#}
{% if pools %}

typedef struct {
    DIMENSION height, width, channels, out_height, out_width;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    int8_t low, high;
} Pool;
{% for kind in ("max", "average") if kind in pools %}

static void {{ kind }}_pool(const Pool *p, const int8_t *in, int8_t *out)
{
    for (int32_t y = 0; y < p->out_height; y++)
        for (int32_t x = 0; x < p->out_width; x++) {
            const int32_t top = y * p->stride_y - p->pad_y, left = x * p->stride_x - p->pad_x;
            const int32_t y0 = top < 0 ? 0 : top, x0 = left < 0 ? 0 : left;
            const int32_t y1 = top + p->kernel_y < p->height ? top + p->kernel_y : p->height;
            const int32_t x1 = left + p->kernel_x < p->width ? left + p->kernel_x : p->width;
            for (int32_t c = 0; c < p->channels; c++) {
                int32_t pooled = {{ -128 if kind == "max" else 0 }};
                for (int32_t iy = y0; iy < y1; iy++)
                    for (int32_t ix = x0; ix < x1; ix++) {
                        const int32_t v = in[(iy * p->width + ix) * p->channels + c];
{% if kind == "max" %}
                        if (v > pooled)
                            pooled = v;
{% else %}
                        pooled += v;
{% endif %}
                    }
{% if kind == "average" %}
                pooled = average(pooled, (y1 - y0) * (x1 - x0));
{% endif %}
                *out++ = clamp(pooled, p->low, p->high);
            }
        }
}
{% endfor %}
{% endif %}
{% if "Mean" in kinds %}

/* The mean over `count` positions of each channel; `offset` is the zero point times their number. */
static void mean(const int8_t *in, int8_t *out, int32_t count, int32_t channels, int32_t offset,
                 int32_t multiplier, int32_t shift, int32_t output_zero)
{
    for (int32_t c = 0; c < channels; c++) {
        int32_t sum = -offset;
        for (int32_t i = 0; i < count; i++)
            sum += in[i * channels + c];
        out[c] = clamp(scale(sum, multiplier, shift) + output_zero, -128, 127);
    }
}
{% endif %}
{% if "Rectify" in kinds %}

typedef struct {
    int32_t above, below; /* multipliers for inputs from the zero point up, and below it */
    int8_t above_shift, below_shift, input_zero, output_zero, low, high;
} Rectify;

static void rectify(const Rectify *r, const int8_t *in, int8_t *out, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        const int32_t x = in[i] - r->input_zero;
        const int32_t y = x >= 0 ? scale(x, r->above, r->above_shift) : scale(x, r->below, r->below_shift);
        out[i] = clamp(y + r->output_zero, r->low, r->high);
    }
}
{% endif %}
{% if "Clamp" in kinds %}

static void limit(const int8_t *in, int8_t *out, int32_t size, int32_t low, int32_t high)
{
    for (int32_t i = 0; i < size; i++)
        out[i] = clamp(in[i], low, high);
}
{% endif %}
{% if "Add" in kinds %}

typedef struct {
    int32_t multiplier_a, multiplier_b, multiplier;
    int8_t shift_a, shift_b, shift, zero_a, zero_b, zero, low, high;
} Add;

static void add(const Add *p, const int8_t *a, const int8_t *b, int8_t *out, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        const int32_t sum = scale((a[i] - p->zero_a) * (1 << 20), p->multiplier_a, p->shift_a)
                          + scale((b[i] - p->zero_b) * (1 << 20), p->multiplier_b, p->shift_b);
        out[i] = clamp(scale(sum, p->multiplier, p->shift) + p->zero, p->low, p->high);
    }
}
{% endif %}
{% if "Pad" in kinds %}

typedef struct {
    DIMENSION height, width, channels, out_height, out_width, top, left;
    int8_t value;
} Pad;

static void pad(const Pad *p, const int8_t *in, int8_t *out)
{
    for (int32_t y = -p->top; y < p->out_height - p->top; y++)
        for (int32_t x = -p->left; x < p->out_width - p->left; x++) {
            const int inside = y >= 0 && y < p->height && x >= 0 && x < p->width;
            for (int32_t c = 0; c < p->channels; c++)
                *out++ = inside ? in[(y * p->width + x) * p->channels + c] : p->value;
        }
}
{% endif %}
{% if "Softmax" in kinds %}

/* Softmax in fixed point, as in TFLite and gemmlowp; Qm.n has m integer and n fractional bits. */
static int32_t high_product(int32_t a, int32_t b) /* a * b / 2^31, rounded */
{
    return a == INT32_MIN && b == INT32_MIN ? INT32_MAX : (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

static int32_t shift_left(int32_t x, int bits) /* saturating */
{
    const int64_t wide = (int64_t)x * (1 << bits);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

static int32_t shift_right(int32_t x, int bits) /* rounded, halves away from zero */
{
    const int32_t mask = (int32_t)((1u << bits) - 1u);
    return (x >> bits) + ((x & mask) > (mask >> 1) + (x < 0));
}

static int32_t exp_of(int32_t a) /* of a <= 0 in Q5.26, in Q0.31 */
{
    static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    if (a == 0)
        return INT32_MAX;
    const int32_t quarter = 1 << 24;
    const int32_t part = (int32_t)((uint32_t)a & (uint32_t)(quarter - 1)) - quarter; /* in [-1/4, 0) */
    const uint32_t rest = (uint32_t)part - (uint32_t)a; /* whole quarters */
    const int32_t x = part * 32 + (1 << 28); /* Q0.31 around -1/8: a Taylor series follows */
    const int32_t x2 = high_product(x, x);
    const int32_t x3 = high_product(x2, x);
    const int32_t x4 = shift_right(high_product(x2, x2), 2);
    const int32_t series = shift_right(high_product(x4 + x3, 715827883) + x2, 1);
    int32_t result = 1895147668 + high_product(1895147668, x + series);
    for (int bit = 0; bit < 7; bit++) /* times exp(-1/4), exp(-1/2), … exp(-16) */
        if (rest & 1u << (24 + bit))
            result = high_product(result, factors[bit]);
    return result;
}

static int32_t reciprocal(int32_t a) /* 1 / (1 + a) for a in [0, 1), Q0.31, by Newton and Raphson */
{
    const int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    int32_t x = 1515870810 + high_product(half, -1010580540); /* Q2.29: 48/17 - 32/17 * half */
    for (int i = 0; i < 3; i++)
        x += shift_left(high_product(x, (1 << 29) - high_product(half, x)), 2);
    return shift_left(x, 1);
}

static void softmax(const int8_t *in, int8_t *out, int32_t rows, int32_t depth, int32_t multiplier, int32_t shift,
                    int32_t smallest)
{
    for (; rows > 0; rows--, in += depth, out += depth) {
        int32_t most = -128, sum = 0, over = 0;
        for (int32_t i = 0; i < depth; i++)
            if (in[i] > most)
                most = in[i];
        for (int32_t i = 0; i < depth; i++)
            if (in[i] - most >= smallest)
                sum += shift_right(exp_of(high_product((in[i] - most) * (1 << shift), multiplier)), 12);
        while (!((uint32_t)sum << over & 0x80000000u))
            over++;
        const int32_t factor = reciprocal((int32_t)(((uint32_t)sum << over) - 0x80000000u));
        for (int32_t i = 0; i < depth; i++) {
            int32_t value = -128;
            if (in[i] - most >= smallest)
                value += shift_right(
                    high_product(factor, exp_of(high_product((in[i] - most) * (1 << shift), multiplier))),
                    35 - over);
            out[i] = clamp(value, -128, 127);
        }
    }
}
{% endif %}
