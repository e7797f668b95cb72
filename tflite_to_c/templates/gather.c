{% for kind, parameters, mean in (
    ("average", "int32_t low, int32_t high", "average(sum, rows * columns), low, high"),
    ("mean", "int32_t offset, int32_t multiplier, int32_t shift, int32_t zero",
     "scale(sum - offset, multiplier, shift) + zero, -128, 127"),
) if kind in kinds %}
{{ "\n" if not loop.first -}}
/* Adds row `row` of `rows` to the sums of its channels; after the last of them, their {{ kind }} is the output. */
static void {{ kind }}_rows(const int8_t *in, int8_t *out, int32_t *sums, int32_t columns, int32_t channels,
                         int32_t row, int32_t rows, {{ parameters }})
{
    for (int32_t c = 0; c < channels; c++) {
        int32_t sum = row ? sums[c] : 0;
        for (int32_t x = 0; x < columns; x++)
            sum += in[x * channels + c];
        sums[c] = sum;
        if (row + 1 == rows)
            out[c] = clamp({{ mean }});
    }
}
{% endfor %}
