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
