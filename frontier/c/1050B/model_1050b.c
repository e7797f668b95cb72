/* 1050B-1.tflite in C; made by a generator, do not edit. How to use it: model_1050b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 21 bytes for 54 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 113 bytes for 324 weights
   - layer 3, operator CONV_2D: coded, 169 bytes for 486 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 253 bytes for 729 weights
   - layer 6, operator CONV_2D, and layer 7, operator MEAN: coded, 335 bytes for 972 weights
   - layer 8, operator FULLY_CONNECTED: coded, 45 bytes for 120 weights
*/
#include "model_1050b.h"

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

#define PATCH 81

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
    622,-118,338,-446,-292,-534,
};
static const int32_t rows_1_convolution_1_multiplier[1] = {
    1276348831,
};
static const int8_t rows_1_convolution_1_shift[1] = {
    2,
};
static const uint8_t rows_1_convolution_1_codes[21] = {
    44,181,219,170,141,227,219,188,180,142,136,66,42,144,107,106,41,162,213,0,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 6, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -126, .low = -126, .high = 127
};

static const int32_t rows_1_convolution_2_bias[6] = {
    -540,-1086,-3170,-1580,-1686,-2024,
};
static const int32_t rows_1_convolution_2_multiplier[1] = {
    1462050851,
};
static const int8_t rows_1_convolution_2_shift[1] = {
    3,
};
static const uint8_t rows_1_convolution_2_codes[113] = {
    110,158,71,167,141,247,100,200,176,32,73,10,90,58,123,86,151,10,154,217,32,252,117,56,72,194,184,130,209,74,108,173,
    240,70,37,74,203,86,113,74,9,225,199,112,44,137,99,68,218,44,220,168,113,11,76,11,70,75,66,205,36,45,109,212,73,97,
    80,91,145,104,146,229,106,208,172,78,4,32,207,166,74,168,183,160,67,210,165,154,87,203,45,206,157,39,44,21,165,129,
    24,5,4,174,112,150,85,64,213,34,17,202,234,43,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 6, .columns = 54, .height = 4,
    .width = 26, .channels = 6, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -126,
    .output_zero = -127, .low = -127, .high = 127
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

static const int32_t convolution_2_bias[9] = {
    290,-2403,-1206,1,-1786,-778,-3855,-980,-548,
};
static const int32_t convolution_2_multiplier[1] = {
    1571163606,
};
static const int8_t convolution_2_shift[1] = {
    3,
};
static const uint8_t convolution_2_codes[169] = {
    133,46,150,0,20,117,43,111,90,96,28,1,46,239,55,172,158,232,34,77,18,32,24,208,82,25,36,94,67,219,83,133,77,19,172,
    133,101,192,228,59,34,48,164,208,65,109,142,77,36,108,175,192,165,160,96,60,174,238,100,249,162,35,53,186,75,14,211,
    42,70,221,192,196,88,222,84,227,141,208,179,41,221,82,87,23,44,170,44,231,10,201,119,66,80,146,88,89,174,93,120,18,
    200,166,0,165,138,107,154,86,120,230,156,108,112,35,17,6,36,180,169,217,71,17,45,169,13,13,200,180,41,120,105,88,
    166,51,32,104,188,205,144,40,152,246,152,186,71,30,173,146,237,126,44,143,194,18,219,109,152,112,148,110,88,87,231,
    81,121,216,160,96,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 9, .columns = 54, .height = 12, .width = 12, .channels = 6, .out_height = 10,
    .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -127,
    .output_zero = -126, .low = -126, .high = 127
};

static const int32_t convolution_3_bias[9] = {
    -1680,-1524,-1650,-2112,566,-2850,-3460,1596,-784,
};
static const int32_t convolution_3_multiplier[1] = {
    1426584392,
};
static const int8_t convolution_3_shift[1] = {
    3,
};
static const uint8_t convolution_3_codes[253] = {
    112,211,162,182,96,103,142,209,162,167,120,77,156,164,115,87,102,141,21,107,34,231,155,88,194,22,201,21,75,193,18,
    211,142,66,202,24,37,115,172,19,161,76,15,36,155,199,4,175,62,194,64,125,108,66,254,194,91,117,35,152,40,219,62,37,
    78,199,76,13,140,40,152,18,202,141,38,9,217,35,33,101,177,245,81,79,22,86,189,211,174,80,169,142,90,9,48,11,99,104,
    197,34,144,167,185,176,190,149,192,152,44,149,22,132,83,234,183,235,123,11,250,208,13,178,160,121,171,149,185,52,
    226,71,218,198,148,239,191,34,36,14,68,157,161,147,165,228,237,224,37,202,97,147,204,10,11,144,242,197,218,57,91,
    117,51,36,147,55,18,73,111,243,150,71,91,133,67,28,108,113,208,69,182,178,162,35,82,14,169,139,56,201,95,154,13,131,
    178,98,177,115,197,77,235,9,126,182,14,67,91,116,68,47,52,154,195,203,9,11,237,151,85,62,146,145,78,72,133,40,72,52,
    238,201,73,187,216,31,213,226,20,86,89,51,247,65,236,83,3,61,18,113,89,51,45,65,69,0,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 9, .columns = 81, .height = 10, .width = 10, .channels = 9, .out_height = 4,
    .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -126, .output_zero = -126, .low = -126, .high = 127
};

static const int32_t convolution_4_bias[12] = {
    3184,994,3396,2608,164,-992,830,2498,2876,1768,1708,2144,
};
static const int32_t convolution_4_multiplier[1] = {
    1140995319,
};
static const int8_t convolution_4_shift[1] = {
    3,
};
static const uint8_t convolution_4_codes[335] = {
    116,240,184,129,66,224,14,224,20,214,18,131,6,89,32,246,124,214,179,221,101,8,89,167,184,233,254,91,198,167,202,57,
    5,175,166,89,103,204,65,15,191,105,166,11,100,243,108,77,212,169,203,42,245,51,17,79,251,55,70,59,148,167,245,186,
    233,56,81,161,96,180,182,61,228,183,222,229,9,52,44,187,79,66,173,0,196,133,148,229,230,177,111,79,71,200,166,156,9,
    74,23,181,210,102,253,175,78,27,61,150,202,229,194,52,177,118,82,146,94,14,133,41,20,133,39,225,116,174,235,33,73,
    86,182,192,47,153,83,61,209,90,129,101,90,113,210,133,182,103,34,230,110,106,130,20,126,13,226,55,101,20,128,48,53,
    32,70,8,53,46,226,242,57,45,153,22,219,165,8,84,147,144,45,181,16,132,65,109,178,15,146,28,186,157,21,123,93,167,52,
    253,66,30,76,123,39,235,145,140,101,33,97,9,11,246,182,231,44,166,112,204,214,27,107,11,137,114,45,135,176,151,235,
    66,89,71,193,138,192,178,50,82,121,139,39,154,120,19,243,73,205,124,176,149,126,113,43,61,157,4,49,7,31,61,180,175,
    247,105,176,200,227,192,82,100,93,79,140,18,75,166,21,164,228,185,74,120,90,200,22,149,107,45,165,119,214,81,222,
    233,181,45,225,233,225,91,182,116,50,4,5,244,233,231,104,106,16,37,247,206,75,62,208,121,75,36,144,139,61,163,127,
    79,243,238,123,137,110,255,70,208,239,6,0,
};
static const Layer convolution_4 = {
    .bias = convolution_4_bias, .multiplier = convolution_4_multiplier, .shift = convolution_4_shift,
    .codes = convolution_4_codes, .rows = 12, .columns = 81, .height = 4, .width = 4, .channels = 9, .out_height = 1,
    .out_width = 1, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -126, .output_zero = -127, .low = -127, .high = 127
};

static const int32_t dense_5_bias[10] = {
    -1024,-1278,-623,-619,-1000,-750,-659,-1052,-254,-377,
};
static const int32_t dense_5_multiplier[1] = {
    1643819454,
};
static const int8_t dense_5_shift[1] = {
    3,
};
static const uint8_t dense_5_codes[45] = {
    106,53,61,155,45,152,181,73,183,222,144,134,137,38,119,71,155,220,103,81,37,163,175,53,52,171,17,42,247,27,211,104,
    234,137,104,53,37,115,107,156,119,245,89,88,0,
};
static const Layer dense_5 = {
    .bias = dense_5_bias, .multiplier = dense_5_multiplier, .shift = dense_5_shift, .codes = dense_5_codes, .rows = 10,
    .columns = 12, .input_zero = -127, .output_zero = 29, .low = -128, .high = 127
};

static int32_t words[463];
int8_t *const model_1050b_input = (int8_t *)words + 1065;
const int8_t *const model_1050b_output = (const int8_t *)words;

void model_1050b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch + 1065, scratch + 945, words);
    convolution_coded(&convolution_2, scratch + 945, scratch + 297, scratch);
    max_pooled_convolution_coded(&convolution_3, scratch + 297, scratch + 1560, scratch + 1236, words + 300);
    mean_pooled_convolution_coded(&convolution_4, scratch + 1560, scratch + 372, scratch + 48, words, -508, 1531402274, 1, -127);
    dense_coded(&dense_5, scratch + 372, scratch);
}
