/* 900B-2.tflite in C; made by a generator, do not edit. How to use it: model_900b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 20 bytes for 54 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 116 bytes for 324 weights
   - layer 3, operator CONV_2D: coded, 134 bytes for 378 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 175 bytes for 504 weights
   - layer 6, operator CONV_2D, and layer 7, operator MEAN: coded, 313 bytes for 864 weights
   - layer 8, operator FULLY_CONNECTED: coded, 42 bytes for 120 weights
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
static const int8_t code_values[] = {-3, -2, -1, 0, 1, 2, 3};
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
    310,-484,-256,-184,548,-522,
};
static const int32_t rows_1_convolution_1_multiplier[1] = {
    1206764591,
};
static const int8_t rows_1_convolution_1_shift[1] = {
    2,
};
static const uint8_t rows_1_convolution_1_codes[20] = {
    123,90,118,162,5,158,162,118,150,219,108,180,69,142,235,101,212,194,69,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 6, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -126, .low = -126, .high = 127
};

static const int32_t rows_1_convolution_2_bias[6] = {
    -734,-1616,-870,-6206,-1982,-1076,
};
static const int32_t rows_1_convolution_2_multiplier[1] = {
    1602886387,
};
static const int8_t rows_1_convolution_2_shift[1] = {
    3,
};
static const uint8_t rows_1_convolution_2_codes[116] = {
    92,27,213,190,233,237,102,5,166,179,219,61,204,132,58,173,111,31,181,10,204,41,116,4,251,26,246,166,164,178,143,87,
    35,235,102,242,174,184,155,141,75,107,110,216,77,45,78,235,71,53,131,182,68,238,144,114,214,156,112,151,37,81,167,
    144,48,211,67,1,190,81,183,6,88,68,152,145,10,155,206,171,106,45,232,100,153,15,218,39,99,49,108,27,214,138,87,5,99,
    112,209,182,252,35,62,34,153,145,222,221,61,70,95,43,28,243,72,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 6, .columns = 54, .height = 4,
    .width = 26, .channels = 6, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -126,
    .output_zero = -127, .low = -127, .high = 127
};

/* Row by row: layer 0, operator CONV_2D; layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D.
   A turn makes a row of each whose rows of input are there. */
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

static const int32_t convolution_2_bias[7] = {
    131,3149,-1631,-3690,-2256,1896,-2360,
};
static const int32_t convolution_2_multiplier[1] = {
    1710091758,
};
static const int8_t convolution_2_shift[1] = {
    4,
};
static const uint8_t convolution_2_codes[134] = {
    118,35,57,222,107,119,59,114,76,223,203,95,218,151,60,22,172,137,19,15,189,73,61,214,78,101,249,250,50,186,203,94,
    191,98,114,247,56,252,55,211,158,207,85,203,197,108,118,68,73,34,121,186,176,237,16,86,116,96,70,29,131,130,161,73,
    10,251,196,3,65,189,20,221,52,223,172,85,226,180,30,238,223,252,41,65,179,7,14,16,172,143,245,47,189,135,68,170,98,
    118,249,227,252,154,110,59,61,121,239,46,157,183,31,242,73,213,218,169,46,242,86,248,177,193,163,211,64,168,167,2,
    193,27,50,57,192,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 7, .columns = 54, .height = 12, .width = 12, .channels = 6, .out_height = 10,
    .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -127,
    .output_zero = -127, .low = -127, .high = 127
};

static const int32_t convolution_3_bias[8] = {
    -3879,-502,960,-513,-7873,-490,690,-5219,
};
static const int32_t convolution_3_multiplier[1] = {
    1632467267,
};
static const int8_t convolution_3_shift[1] = {
    3,
};
static const uint8_t convolution_3_codes[175] = {
    11,102,5,124,129,47,108,15,35,32,242,64,62,249,199,71,114,173,230,241,181,59,240,145,156,59,38,47,155,208,142,216,
    75,26,166,150,248,219,114,221,92,203,25,207,31,21,210,50,87,84,150,85,66,23,200,252,85,93,225,239,124,158,127,85,
    135,143,61,126,146,39,61,172,7,97,11,161,112,160,188,96,41,215,172,94,205,190,157,235,228,40,39,70,29,189,66,204,54,
    92,196,22,66,134,17,86,74,144,19,195,8,110,172,77,217,180,37,107,102,119,254,99,243,110,215,49,79,145,188,50,15,224,
    50,193,201,182,119,23,207,57,153,30,154,53,189,177,203,221,64,107,4,165,168,147,126,250,167,133,180,112,44,63,20,
    103,217,136,178,128,132,24,142,120,198,75,66,7,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 8, .columns = 63, .height = 10, .width = 10, .channels = 7, .out_height = 4,
    .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -127, .output_zero = -126, .low = -126, .high = 127
};

static const int32_t convolution_4_bias[12] = {
    688,844,1640,900,2464,76,5398,-954,3510,-5618,-500,2962,
};
static const int32_t convolution_4_multiplier[1] = {
    1205489810,
};
static const int8_t convolution_4_shift[1] = {
    3,
};
static const uint8_t convolution_4_codes[313] = {
    148,9,60,173,22,84,255,126,181,79,157,134,145,202,166,142,231,168,211,143,232,230,114,218,90,231,159,85,221,111,86,
    175,238,90,207,22,165,81,55,222,74,107,69,12,76,165,229,106,219,185,44,175,159,109,29,28,153,170,93,73,204,182,171,
    167,44,117,63,236,47,137,46,205,182,118,167,250,204,147,77,213,172,78,43,38,127,209,237,229,117,142,57,228,85,229,
    35,38,154,70,218,183,165,175,71,196,255,251,135,85,244,37,51,252,139,147,87,61,145,200,69,98,182,47,107,63,246,216,
    188,90,194,217,115,91,138,229,110,113,182,150,66,143,199,43,106,50,186,231,93,16,246,213,127,179,181,210,143,220,
    155,249,233,164,250,215,95,209,247,61,186,72,245,24,77,92,191,110,247,243,166,125,163,62,127,252,224,235,122,72,237,
    203,91,165,149,216,181,81,23,63,201,170,73,106,81,83,123,28,17,219,40,126,4,41,247,251,122,63,79,126,127,69,100,181,
    182,227,80,155,133,95,251,46,158,218,154,191,232,101,93,137,183,29,106,72,244,136,107,84,88,46,144,72,129,186,144,
    189,142,232,221,168,74,72,158,1,144,224,217,109,237,6,159,225,104,165,154,213,219,142,79,172,115,198,60,243,178,204,
    41,232,216,166,109,109,86,146,87,157,113,220,237,90,223,44,182,169,51,135,185,40,179,191,56,227,255,23,63,216,0,
};
static const Layer convolution_4 = {
    .bias = convolution_4_bias, .multiplier = convolution_4_multiplier, .shift = convolution_4_shift,
    .codes = convolution_4_codes, .rows = 12, .columns = 72, .height = 4, .width = 4, .channels = 8, .out_height = 1,
    .out_width = 1, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -126, .output_zero = -127, .low = -127, .high = 127
};

static const int32_t dense_5_bias[10] = {
    -1163,-1083,-853,-762,-921,-790,-1318,-778,-139,-349,
};
static const int32_t dense_5_multiplier[1] = {
    1369189400,
};
static const int8_t dense_5_shift[1] = {
    3,
};
static const uint8_t dense_5_codes[42] = {
    168,229,240,128,156,12,11,220,134,41,223,107,111,88,197,194,168,31,172,140,169,239,104,67,161,240,242,71,56,8,61,
    183,60,183,41,172,14,237,79,145,80,0,
};
static const Layer dense_5 = {
    .bias = dense_5_bias, .multiplier = dense_5_multiplier, .shift = dense_5_shift, .codes = dense_5_codes, .rows = 10,
    .columns = 12, .input_zero = -127, .output_zero = 23, .low = -128, .high = 127
};

static int32_t words[456];
int8_t *const model_900b_input = (int8_t *)words + 1038;
const int8_t *const model_900b_output = (const int8_t *)words;

void model_900b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch + 1038, scratch + 918, words);
    convolution_coded(&convolution_2, scratch + 918, scratch + 270, scratch);
    max_pooled_convolution_coded(&convolution_3, scratch + 270, scratch + 1283, scratch + 1004, words + 243);
    mean_pooled_convolution_coded(&convolution_4, scratch + 1283, scratch + 336, scratch + 48, words, -508, 1543993718, 1, -127);
    dense_coded(&dense_5, scratch + 336, scratch);
}
