{% if clamps %}
static inline int8_t clamp(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : x > high ? high : x);
}
{% endif %}
{% if scaling == "quick" %}

static inline int32_t upper_product(int32_t x, int32_t multiplier) /* x * multiplier / 2^31, halves up */
{
{% if doubles %}
#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP)
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x * 2), "r"(multiplier));
    return high;
#else
    return (int32_t)(((int64_t)x * multiplier + (1 << 30)) >> 31);
#endif
{% else %}
    return (int32_t)(((int64_t)x * multiplier + (1 << 30)) >> 31);
{% endif %}
}

/* x * multiplier / 2^31 / 2^shift, rounded twice: halves up, then halves away from zero. For shifts {{
   "up to 31; a
   negative one is to the left, before the multiplication" if lefts else "from 1 to 31" }}. In the fewest instructions. */
static inline int32_t scale(int32_t x, int32_t multiplier, int32_t shift)
{
{% if lefts %}
    if (shift <= 0)
        return upper_product(x * (int32_t)(1u << -shift), multiplier);
{% endif %}
    const int32_t high = upper_product(x, multiplier);
    return (((high + (high >> 31)) >> (shift - 1)) + 1) >> 1;
}
{% elif scaling == "any" %}

/* x * multiplier / 2^31 / 2^shift, rounded twice: halves up, then halves away from zero.
   A negative shift is one to the left, before the multiplication. */
static inline int32_t scale(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift < 0 ? x * (int32_t)(1u << -shift) : x;
    const int32_t right = shift < 0 ? 0 : shift;
    const int32_t high = (int32_t)(((int64_t)left * multiplier + (1 << 30)) >> 31);
    const int32_t mask = (int32_t)((1u << right) - 1u);
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0));
}
{% endif %}
{% if averages %}

static inline int32_t average(int32_t sum, int32_t count) /* halves away from zero */
{
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}
{% endif %}
