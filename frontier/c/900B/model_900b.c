/* 900B-2.tflite in C; made by a generator, do not edit. How to use it: model_900b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 20 bytes for 54 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 114 bytes for 324 weights
   - layer 3, operator CONV_2D: coded, 153 bytes for 432 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 205 bytes for 576 weights
   - layer 6, operator CONV_2D, and layer 7, operator MEAN: coded, 252 bytes for 720 weights
   - layer 8, operator FULLY_CONNECTED: coded, 38 bytes for 100 weights
*/
#include "model_900b.h"

static inline int8_t clamp(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : x > high ? high : x);
}

static inline int32_t upper_product(int32_t x, int32_t multiplier) /* x * multiplier / 2^31, halves up */
{
#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP)
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x * 2), "r"(multiplier));
    return high;
#else
    return (int32_t)(((int64_t)x * multiplier + (1 << 30)) >> 31);
#endif
}

/* x * multiplier / 2^31 / 2^shift, rounded twice: halves up, then halves away from zero. For shifts from 1 to 31. In the fewest instructions. */
static inline int32_t scale(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t high = upper_product(x, multiplier);
    return (((high + (high >> 31)) >> (shift - 1)) + 1) >> 1;
}

typedef int8_t DIMENSION;

typedef uint8_t COUNT;

typedef struct {
    const int32_t *bias; /* with the input's zero point folded in */
    const int32_t *multiplier; /* of each output channel, or of all, over 2^31 */
    const int8_t *shift;       /* right, after the multiplication */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them */
    const COUNT *counts;  /* weights stored of each row */
    DIMENSION table_step; /* from one row's table to the next */
    DIMENSION height, width, channels, rows, columns;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    DIMENSION out_height, out_width;
    DIMENSION pool_y, pool_x, pool_stride_y, pool_stride_x;
    DIMENSION factor_step; /* from one row's multiplier and shift to the next */
    int8_t input_zero, output_zero, low, high;
} Layer;

static inline int8_t requantize(const Layer *l, int32_t c, int32_t sum)
{
    const int32_t i = c * l->factor_step;
    return clamp(scale(sum, l->multiplier[i], l->shift[i]) + l->output_zero, l->low, l->high);
}

#if defined(__GNUC__)
#define KEEP_LOOP __asm__ volatile("") /* else compilers call memcpy or memset, for a few bytes */
#define UNROLL _Pragma("GCC unroll 4")
#else
#define KEEP_LOOP (void)0
#define UNROLL
#endif

/* Weights in Huffman codes, of 2 to 3 bits: the weights in the order of their codes; for each length where its codes
   end, as if they were of the longest; and the place of its first weight, less its first code. */
static const int8_t code_values[] = {0, -3, -2, -1, 1, 2, 3};
static const uint16_t code_ends[] = {2, 8};
static const int16_t code_offsets[] = {0, -1};

typedef struct {
    const uint8_t *next;
    uint32_t bits; /* the next 3 of them and more, the first one highest */
    int32_t held;  /* how many */
} Coded;

static int32_t next_weight(Coded *coded)
{
    int32_t length = 2;
    for (; coded->held < 3; coded->held += 8)
        coded->bits |= (uint32_t)*coded->next++ << (24 - coded->held);
    const int32_t code = (int32_t)(coded->bits >> 29);
    while (code >= code_ends[length - 2])
        length++;
    coded->bits <<= length;
    coded->held -= length;
    return code_values[code_offsets[length - 2] + (code >> (3 - length))];
}

#define PATCH 72

/* Copies what the kernel sees at one output position. */
static void gather(const Layer *l, const int8_t *in, int32_t y, int32_t x, int8_t *patch)
{
    const int32_t length = l->kernel_x * l->channels, row = l->width * l->channels;
    const int8_t *from = in + y * l->stride_y * row + x * l->stride_x * l->channels;
    for (int32_t ky = 0; ky < l->kernel_y; ky++, from += row)
        UNROLL for (int32_t i = 0; i < length; i++) {
            *patch++ = from[i];
            KEEP_LOOP;
        }
}

static void convolution_coded(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch)
{
    int32_t y = 0, i = 0, left = l->out_height * l->out_width;
    for (; left > 0; left -= 4, out += 4 * l->rows) {
        for (int32_t lane = 0; lane < 4; lane++) { /* past the end, the last position again */
            gather(l, in, y, i, patch + lane * PATCH);
            if (lane + 1 < left && ++i == l->out_width) {
                i = 0;
                y++;
            }
        }
        Coded coded = {l->codes, 0, 0};
        for (int32_t c = 0; c < l->rows; c++) {
            const int8_t *x = patch;
            int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
            for (int32_t n = l->columns; n > 0; n--, x++) {
                const int32_t v = next_weight(&coded);
                acc0 += v * x[0];
                acc1 += v * x[1 * PATCH];
                acc2 += v * x[2 * PATCH];
                acc3 += v * x[3 * PATCH];
            }
            out[c] = requantize(l, c, acc0);
            if (left > 1)
                out[c + 1 * l->rows] = requantize(l, c, acc1);
            if (left > 2)
                out[c + 2 * l->rows] = requantize(l, c, acc2);
            if (left > 3)
                out[c + 3 * l->rows] = requantize(l, c, acc3);
        }
    }
}

/* The maximum is of the sums themselves: it commutes with what follows, which never turns a larger into a smaller. */
static void max_pooled_convolution_coded(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch, int32_t *pooled)
{
    const int32_t window = l->pool_y * l->pool_x;
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            int32_t py = 0, px = 0;
            for (int32_t done = 0; done < window; done += 4) {
                for (int32_t lane = 0; lane < 4; lane++) { /* past the end, the last position again */
                    gather(l, in, y * l->pool_stride_y + py, i * l->pool_stride_x + px, patch + lane * PATCH);
                    if (px + 1 < l->pool_x) {
                        px++;
                    } else if (py + 1 < l->pool_y) {
                        px = 0;
                        py++;
                    }
                }
                Coded coded = {l->codes, 0, 0};
                for (int32_t c = 0; c < l->rows; c++) {
                    const int8_t *x = patch;
                    int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
                    for (int32_t n = l->columns; n > 0; n--, x++) {
                        const int32_t v = next_weight(&coded);
                        acc0 += v * x[0];
                        acc1 += v * x[1 * PATCH];
                        acc2 += v * x[2 * PATCH];
                        acc3 += v * x[3 * PATCH];
                    }
                    if (acc1 > acc0)
                        acc0 = acc1;
                    if (acc2 > acc0)
                        acc0 = acc2;
                    if (acc3 > acc0)
                        acc0 = acc3;
                    if (done == 0 || acc0 > pooled[c])
                        pooled[c] = acc0;
                }
            }
            for (int32_t c = 0; c < l->rows; c++)
                *out++ = requantize(l, c, pooled[c]);
        }
}

static void mean_pooled_convolution_coded(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch, int32_t *pooled, int32_t offset, int32_t multiplier, int32_t shift, int32_t zero)
{
    const int32_t window = l->pool_y * l->pool_x;
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            int32_t py = 0, px = 0;
            for (int32_t done = 0; done < window; done += 4) {
                for (int32_t lane = 0; lane < 4; lane++) { /* past the end, the last position again */
                    gather(l, in, y * l->pool_stride_y + py, i * l->pool_stride_x + px, patch + lane * PATCH);
                    if (px + 1 < l->pool_x) {
                        px++;
                    } else if (py + 1 < l->pool_y) {
                        px = 0;
                        py++;
                    }
                }
                Coded coded = {l->codes, 0, 0};
                for (int32_t c = 0; c < l->rows; c++) {
                    const int8_t *x = patch;
                    int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
                    for (int32_t n = l->columns; n > 0; n--, x++) {
                        const int32_t v = next_weight(&coded);
                        acc0 += v * x[0];
                        acc1 += v * x[1 * PATCH];
                        acc2 += v * x[2 * PATCH];
                        acc3 += v * x[3 * PATCH];
                    }
                    pooled[c] = (done ? pooled[c] : 0) + requantize(l, c, acc0);
                    if (window - done > 1)
                        pooled[c] += requantize(l, c, acc1);
                    if (window - done > 2)
                        pooled[c] += requantize(l, c, acc2);
                    if (window - done > 3)
                        pooled[c] += requantize(l, c, acc3);
                }
            }
            for (int32_t c = 0; c < l->rows; c++)
                *out++ = clamp(scale(pooled[c] - offset, multiplier, shift) + zero, -128, 127);
        }
}

static void dense_coded(const Layer *l, const int8_t *in, int8_t *out)
{
    Coded coded = {l->codes, 0, 0};
    for (int32_t c = 0; c < l->rows; c++) {
        const int8_t *x = in;
        int32_t acc0 = l->bias[c];
        for (int32_t n = l->columns; n > 0; n--, x++) {
            const int32_t v = next_weight(&coded);
            acc0 += v * x[0];
        }
        *out++ = requantize(l, c, acc0);
    }
}

#if defined(__GNUC__)
#define KEEP_LOOP __asm__ volatile("") /* else compilers call memcpy or memset, for a few bytes */
#define UNROLL _Pragma("GCC unroll 4")
#else
#define KEEP_LOOP (void)0
#define UNROLL
#endif

/* `to` may lie before `from`, over it. */
static void copy_line(int8_t *to, int32_t count, const int8_t *from)
{
#if defined(__GNUC__) && defined(__ARM_FEATURE_UNALIGNED)
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        uint32_t four;
        __builtin_memcpy(&four, from, 4); /* one load, and one store */
        __builtin_memcpy(to, &four, 4);
        KEEP_LOOP;
    }
#endif
    for (; count > 0; count--) {
        *to++ = *from++;
        KEEP_LOOP;
    }
}

/* All lines move up by one, over the oldest. Returns the last, which is free. */
static int8_t *next_line(int8_t *lines, int32_t bytes, int32_t width)
{
    copy_line(lines, bytes - width, lines + width);
    return lines + bytes - width;
}

static const int32_t rows_1_convolution_1_bias[6] = {
    204,-788,74,-366,296,-290,
};
static const int32_t rows_1_convolution_1_multiplier[1] = {
    1182753591,
};
static const int8_t rows_1_convolution_1_shift[1] = {
    2,
};
static const uint8_t rows_1_convolution_1_codes[20] = {
    191,98,69,27,76,208,85,168,195,123,107,162,106,185,185,49,133,162,168,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 6, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -127, .low = -127, .high = 127
};

static const int32_t rows_1_convolution_2_bias[6] = {
    -91,-2315,-789,-4678,-2367,-1869,
};
static const int32_t rows_1_convolution_2_multiplier[1] = {
    1757032076,
};
static const int8_t rows_1_convolution_2_shift[1] = {
    3,
};
static const uint8_t rows_1_convolution_2_codes[114] = {
    27,71,52,134,180,45,32,130,89,46,45,134,178,43,73,36,160,89,149,149,34,186,141,88,227,41,133,101,174,11,52,76,183,
    114,187,85,3,10,22,136,213,84,168,130,123,41,53,133,146,57,88,22,217,3,122,166,106,141,193,213,36,86,90,235,32,212,
    109,10,143,204,170,168,109,168,173,19,89,170,22,223,170,149,73,18,161,146,255,59,146,34,173,153,69,240,237,9,25,99,
    118,105,35,185,194,120,137,136,130,97,144,35,55,68,128,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 6, .columns = 54, .height = 4,
    .width = 26, .channels = 6, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -127,
    .output_zero = -128, .low = -128, .high = 127
};

/* Row by row: layer 0, operator CONV_2D; layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D.
   A turn computes a row of each whose rows of input are there. */
static void rows_1(const int8_t *input, int8_t *output, int32_t *words)
{
    int8_t *const scratch = (int8_t *)words;
    for (int32_t turn = 0; turn < 28; turn++) {
        int8_t *line;
        if (turn >= 2) {
            line = next_line(scratch, 624, 156);
            convolution_coded(&rows_1_convolution_1, input + (turn - 2) * 28, line, scratch + 624);
        }
        if (turn >= 5 && (turn - 5) % 2 == 0) {
            max_pooled_convolution_coded(&rows_1_convolution_2, scratch, output, scratch + 648, words + 156);
            output += 72;
        }
    }
}

static const int32_t convolution_2_bias[8] = {
    -852,-1904,396,872,-3352,-172,28,-1616,
};
static const int32_t convolution_2_multiplier[1] = {
    1322974442,
};
static const int8_t convolution_2_shift[1] = {
    3,
};
static const uint8_t convolution_2_codes[153] = {
    139,165,155,192,51,250,234,150,2,44,90,237,23,143,133,160,22,202,157,67,10,118,93,35,38,121,185,54,149,186,212,150,
    15,57,171,164,173,10,66,90,181,126,200,140,105,108,173,121,113,47,167,147,201,102,154,185,132,18,55,197,164,218,178,
    21,159,16,47,146,131,254,63,214,148,234,72,95,117,172,209,141,248,172,174,2,162,162,194,178,116,62,154,150,164,213,
    117,22,26,108,216,215,124,187,148,41,96,165,58,157,68,245,101,80,147,160,37,14,186,48,251,177,126,228,159,216,77,
    120,215,181,88,49,106,216,117,242,34,162,98,209,10,52,81,133,173,244,117,218,174,250,108,246,39,64,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 8, .columns = 54, .height = 12, .width = 12, .channels = 6, .out_height = 10,
    .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -128,
    .output_zero = -127, .low = -127, .high = 127
};

static const int32_t convolution_3_bias[8] = {
    -1318,-3068,-2979,-1073,-1697,-257,1769,-4534,
};
static const int32_t convolution_3_multiplier[1] = {
    1322002147,
};
static const int8_t convolution_3_shift[1] = {
    3,
};
static const uint8_t convolution_3_codes[205] = {
    105,89,166,109,211,96,138,219,97,21,150,120,74,177,172,131,186,235,44,144,132,201,26,57,82,196,78,201,91,30,17,148,
    56,231,130,86,231,133,55,185,178,202,250,169,191,44,233,79,83,19,60,4,145,35,161,48,62,71,182,81,181,22,174,197,31,
    170,139,150,72,42,191,90,65,122,176,85,109,110,150,154,82,92,84,82,89,124,37,208,118,43,198,134,183,26,205,95,90,
    177,206,69,9,132,133,77,18,180,168,94,254,38,183,226,145,20,169,91,251,235,173,44,171,75,157,203,98,40,215,120,216,
    240,120,247,34,101,163,119,73,247,105,19,245,11,22,248,177,107,199,18,55,105,100,51,43,33,164,70,167,113,75,204,164,
    218,204,229,156,57,9,235,244,151,0,192,204,9,74,42,194,101,86,189,14,77,162,106,153,69,21,184,232,78,88,218,65,20,
    74,77,229,121,221,111,169,109,144,32,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 8, .columns = 72, .height = 10, .width = 10, .channels = 8, .out_height = 4,
    .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -127, .output_zero = -127, .low = -127, .high = 127
};

static const int32_t convolution_4_bias[10] = {
    1942,2779,2346,1808,1677,-2197,2149,-2050,458,566,
};
static const int32_t convolution_4_multiplier[1] = {
    1325400064,
};
static const int8_t convolution_4_shift[1] = {
    3,
};
static const uint8_t convolution_4_codes[252] = {
    247,114,113,138,201,108,118,119,188,125,12,112,193,109,33,108,223,111,135,166,210,233,5,139,37,132,222,4,245,233,97,
    177,202,228,210,241,76,67,83,56,30,206,73,138,88,20,154,32,254,216,144,22,59,62,3,24,158,215,244,83,34,72,82,112,
    179,236,188,218,22,211,224,240,199,122,43,153,243,110,4,10,221,152,190,247,162,150,199,36,152,164,215,146,202,98,16,
    123,14,114,255,101,237,109,108,202,223,91,59,214,254,95,49,192,242,40,73,4,20,247,30,161,208,197,142,139,43,227,73,
    82,130,83,100,208,167,168,164,96,72,82,86,203,211,17,108,36,28,29,174,107,36,227,178,193,150,134,166,0,163,101,115,
    77,173,221,24,102,133,194,107,121,49,157,228,238,186,30,168,121,134,237,37,218,43,37,80,146,85,111,246,227,12,165,
    157,87,82,118,37,133,162,73,164,171,47,210,168,82,97,95,250,194,190,213,53,45,35,114,182,251,133,67,95,140,182,209,
    87,23,215,38,180,181,216,75,116,181,115,231,58,224,173,35,178,17,253,196,186,148,165,224,237,169,125,222,24,0,
};
static const Layer convolution_4 = {
    .bias = convolution_4_bias, .multiplier = convolution_4_multiplier, .shift = convolution_4_shift,
    .codes = convolution_4_codes, .rows = 10, .columns = 72, .height = 4, .width = 4, .channels = 8, .out_height = 1,
    .out_width = 1, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -127, .output_zero = -128, .low = -128, .high = 127
};

static const int32_t dense_5_bias[10] = {
    -1056,-1052,-516,-660,-676,-564,-896,-896,-288,-836,
};
static const int32_t dense_5_multiplier[1] = {
    1522723970,
};
static const int8_t dense_5_shift[1] = {
    3,
};
static const uint8_t dense_5_codes[38] = {
    142,53,60,92,110,62,158,114,185,31,157,111,154,73,97,246,190,4,178,218,200,156,83,244,102,151,19,109,122,223,94,161,
    149,74,186,122,0,0,
};
static const Layer dense_5 = {
    .bias = dense_5_bias, .multiplier = dense_5_multiplier, .shift = dense_5_shift, .codes = dense_5_codes, .rows = 10,
    .columns = 10, .input_zero = -128, .output_zero = 23, .low = -128, .high = 127
};

static int32_t words[456];
int8_t *const model_900b_input = (int8_t *)words + 1038;
const int8_t *const model_900b_output = (const int8_t *)words;

void model_900b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch + 1038, scratch + 918, words);
    convolution_coded(&convolution_2, scratch + 918, scratch + 270, scratch);
    max_pooled_convolution_coded(&convolution_3, scratch + 270, scratch + 1392, scratch + 1104, words + 268);
    mean_pooled_convolution_coded(&convolution_4, scratch + 1392, scratch + 328, scratch + 40, words, -512, 1547977796, 1, -128);
    dense_coded(&dense_5, scratch + 328, scratch);
}
