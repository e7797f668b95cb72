/* 3000B-3.tflite in C; made by a generator, do not edit. How to use it: model_3000b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 37 bytes for 99 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 384 bytes for 1,089 weights
   - layer 3, operator CONV_2D: coded, 598 bytes for 1,683 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 916 bytes for 2,601 weights
   - layer 6, operator CONV_2D, and layer 7, operator MEAN: coded, 966 bytes for 2,754 weights
   - layer 8, operator FULLY_CONNECTED: coded, 66 bytes for 180 weights
*/
#include "model_3000b.h"

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

typedef int16_t DIMENSION;

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

#define PATCH 153

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

static const int32_t rows_1_convolution_1_bias[11] = {
    -844,-608,-100,248,216,-336,-92,-124,76,-620,136,
};
static const int32_t rows_1_convolution_1_multiplier[1] = {
    2066607428,
};
static const int8_t rows_1_convolution_1_shift[1] = {
    3,
};
static const uint8_t rows_1_convolution_1_codes[37] = {
    149,166,139,17,210,245,59,173,4,218,189,110,101,109,159,39,91,20,210,245,126,242,199,228,194,177,197,54,214,209,170,
    178,150,197,71,118,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 11, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -128, .low = -128, .high = 127
};

static const int32_t rows_1_convolution_2_bias[11] = {
    -3368,-9600,-2368,-792,-6296,-5608,-6816,-12128,-3136,-3056,-6528,
};
static const int32_t rows_1_convolution_2_multiplier[1] = {
    1984744653,
};
static const int8_t rows_1_convolution_2_shift[1] = {
    4,
};
static const uint8_t rows_1_convolution_2_codes[384] = {
    123,228,190,184,107,164,62,228,170,36,212,187,69,212,246,158,11,41,130,217,85,90,247,161,145,22,111,203,71,83,168,
    84,129,216,170,172,8,240,18,41,42,137,86,162,241,193,70,149,137,185,66,37,69,92,34,171,205,171,141,55,91,238,9,57,
    201,226,73,66,76,12,46,133,21,141,107,45,174,198,47,47,176,147,223,53,18,81,111,2,186,222,94,91,156,139,239,107,73,
    57,15,124,106,53,87,166,17,22,178,57,146,153,214,195,86,104,230,47,179,90,8,51,114,178,148,164,37,69,198,184,210,
    101,105,19,8,91,0,0,128,80,217,186,164,26,171,209,196,132,72,119,153,35,201,244,233,38,90,177,52,2,236,42,132,162,
    94,79,153,17,84,122,15,44,33,226,62,170,21,182,120,87,149,149,242,112,105,36,50,170,177,10,210,157,26,170,237,131,
    77,160,181,69,108,164,86,246,22,88,181,82,59,100,100,167,133,142,215,96,22,14,148,50,35,112,13,32,149,8,39,21,144,
    20,140,113,147,36,214,73,190,37,85,16,200,151,127,170,107,107,153,49,25,39,8,162,162,73,18,197,209,220,109,197,82,
    210,168,162,137,55,144,197,96,38,80,106,77,82,178,36,239,149,68,210,254,239,18,66,216,222,74,170,248,231,222,142,
    229,16,144,233,71,19,68,41,206,178,4,36,215,63,158,137,40,143,63,109,36,180,114,202,227,165,242,218,153,101,177,203,
    96,4,146,70,195,91,139,71,64,118,24,22,201,198,212,165,217,121,218,241,216,177,210,19,202,89,50,173,190,179,70,171,
    202,162,127,105,231,91,62,207,28,37,153,215,28,114,44,185,4,149,85,97,164,74,170,6,208,14,66,184,132,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 11, .columns = 99, .height = 4,
    .width = 26, .channels = 11, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128,
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
            line = next_line(scratch, 1144, 286);
            convolution_coded(&rows_1_convolution_1, input + (turn - 2) * 28, line, scratch + 1144);
        }
        if (turn >= 5 && (turn - 5) % 2 == 0) {
            max_pooled_convolution_coded(&rows_1_convolution_2, scratch, output, scratch + 1188, words + 286);
            output += 132;
        }
    }
}

static const int32_t convolution_2_bias[17] = {
    -4160,-7264,-1712,-8384,-1056,-2400,-1280,-872,-10168,-5576,-4184,-2464,-1592,-3432,-4376,400,-5120,
};
static const int32_t convolution_2_multiplier[1] = {
    1816946141,
};
static const int8_t convolution_2_shift[1] = {
    4,
};
static const uint8_t convolution_2_codes[598] = {
    76,68,135,182,56,171,191,205,34,85,150,95,46,215,84,242,69,12,229,12,210,146,134,179,92,251,74,162,177,247,19,93,37,
    33,105,101,29,29,34,253,2,21,39,201,54,209,164,113,82,93,179,73,107,46,209,42,189,75,248,170,82,98,65,81,76,148,105,
    94,214,72,136,85,254,127,162,89,125,54,68,181,93,123,80,85,18,254,180,35,138,90,178,193,24,210,200,58,69,28,88,239,
    91,169,171,179,116,169,22,107,173,9,103,207,138,226,69,20,169,164,215,137,23,47,226,36,202,43,218,25,91,72,73,37,95,
    95,10,196,52,154,106,245,123,202,215,150,98,198,142,204,68,47,85,147,59,19,141,150,37,116,25,109,78,175,80,92,17,69,
    95,166,162,134,166,43,14,63,183,31,227,78,174,170,90,218,129,70,238,112,145,122,180,80,117,138,216,173,57,35,173,75,
    116,249,250,157,183,34,138,207,205,168,67,127,25,222,100,104,195,209,215,113,221,173,115,249,191,48,234,51,137,131,
    33,133,42,150,95,42,25,221,176,20,63,101,126,37,231,181,222,210,45,117,41,17,56,188,118,167,251,155,27,134,71,32,
    163,170,4,37,173,85,251,179,230,129,245,185,228,82,229,253,177,75,139,103,113,112,177,49,68,227,129,18,185,33,163,
    37,226,244,178,17,74,88,17,37,10,9,196,137,45,4,210,70,175,3,73,16,89,65,73,215,207,197,56,237,66,29,254,245,50,163,
    45,215,2,110,206,75,211,91,57,149,173,184,154,156,173,54,215,97,171,81,88,212,169,52,182,68,167,233,250,156,33,82,
    169,42,244,177,177,119,77,172,242,55,101,137,145,61,116,178,170,181,150,238,148,82,200,21,184,175,40,81,86,159,252,
    190,162,150,167,108,151,130,72,146,118,155,23,57,240,148,93,199,181,76,117,69,20,58,81,66,151,154,58,105,215,176,
    155,250,203,119,138,101,44,62,182,15,245,11,251,149,58,2,115,168,69,133,140,247,15,65,218,165,105,40,254,78,160,68,
    231,5,226,39,234,21,38,242,183,82,65,76,67,218,233,109,174,132,176,74,76,104,2,75,127,156,112,189,18,207,162,121,
    216,46,85,145,98,85,83,217,63,118,212,71,10,200,148,180,242,74,189,116,174,58,139,108,114,33,2,186,185,58,50,180,93,
    38,211,190,63,50,106,110,231,121,231,115,246,220,164,214,233,110,87,113,3,180,220,146,21,84,1,92,187,7,169,41,101,
    223,52,45,238,224,210,65,46,216,73,72,183,163,85,165,12,10,125,5,1,72,251,164,101,138,170,173,235,53,141,17,221,138,
    40,214,251,52,168,188,235,9,46,53,244,201,44,141,232,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 17, .columns = 99, .height = 12, .width = 12, .channels = 11,
    .out_height = 10, .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -128,
    .output_zero = -128, .low = -128, .high = 127
};

static const int32_t convolution_3_bias[17] = {
    -4968,-10640,-1984,2256,-1096,-8176,-2176,-2688,-4888,-2608,-6304,-2064,-5152,-5456,-6640,-3552,-9696,
};
static const int32_t convolution_3_multiplier[1] = {
    2002780160,
};
static const int8_t convolution_3_shift[1] = {
    4,
};
static const uint8_t convolution_3_codes[916] = {
    11,167,209,150,29,165,25,44,11,41,172,18,140,190,184,70,213,169,205,27,239,82,88,52,187,170,253,8,242,226,93,5,217,
    64,147,193,116,143,206,35,27,37,210,216,241,190,87,70,146,227,169,114,120,234,116,253,36,174,159,43,26,61,138,170,
    90,190,153,44,218,171,180,88,36,124,49,106,230,130,82,137,42,211,29,1,23,52,150,84,74,165,146,23,146,94,147,145,165,
    162,19,222,241,133,143,249,146,199,185,20,144,209,157,17,166,119,9,146,191,57,20,151,99,140,21,153,197,5,14,164,93,
    34,102,116,163,2,248,138,87,84,80,211,126,189,89,217,127,85,90,164,190,223,151,203,85,157,151,242,205,93,254,44,239,
    181,125,103,154,51,73,65,202,44,161,30,135,156,14,170,177,73,103,218,122,47,217,4,92,244,176,90,178,233,102,65,109,
    114,21,148,94,37,191,219,114,150,251,2,108,98,144,239,149,74,240,103,156,9,196,190,106,135,146,143,188,214,86,99,49,
    198,90,194,75,206,194,190,186,60,134,61,137,79,101,154,51,205,20,103,165,181,34,218,79,154,137,82,194,79,170,54,38,
    41,226,56,212,210,169,45,209,255,91,49,150,38,96,157,20,125,70,57,166,146,88,76,131,64,121,87,98,4,148,204,157,161,
    2,232,104,108,211,76,1,35,146,195,94,245,69,109,54,250,169,72,16,99,87,233,84,154,201,96,130,234,224,248,75,39,41,
    177,47,23,78,204,139,120,107,31,104,162,150,30,124,223,30,130,161,100,149,190,164,94,172,234,116,101,132,131,81,181,
    232,90,43,177,75,1,111,184,87,153,41,26,151,5,131,44,185,178,74,66,106,22,200,56,227,219,113,168,89,212,34,158,239,
    146,241,91,88,43,119,210,228,159,122,46,78,165,181,43,208,57,94,38,217,108,87,5,227,12,225,87,250,162,149,74,101,
    213,214,46,72,145,170,234,20,94,198,163,233,135,58,66,171,246,23,177,181,93,176,192,183,181,165,17,215,239,212,139,
    73,71,86,136,29,108,218,166,48,99,164,208,98,49,180,5,52,142,236,243,162,43,33,27,163,148,161,8,171,138,202,233,244,
    6,144,73,10,66,202,223,13,73,47,182,109,17,117,131,185,223,99,181,18,45,105,85,217,219,22,41,147,25,110,128,247,199,
    83,68,228,186,29,215,235,138,41,122,103,157,97,101,80,202,175,153,92,133,19,81,41,52,171,213,166,91,36,193,117,103,
    103,47,73,109,116,147,181,164,2,66,85,99,178,204,26,103,37,200,122,105,100,150,85,67,214,146,160,220,86,119,98,20,
    16,58,23,75,4,165,128,92,157,57,210,87,105,122,241,69,170,80,250,56,250,42,185,174,149,127,174,178,129,118,138,178,
    17,161,122,215,137,201,181,117,45,180,164,79,125,47,68,60,241,123,185,50,133,133,162,247,120,169,171,183,43,35,251,
    45,168,164,234,205,44,145,251,156,146,218,91,190,92,158,107,98,160,118,174,248,49,234,44,73,113,65,20,155,187,115,
    237,100,132,151,73,118,249,242,91,241,10,29,117,42,98,74,164,140,242,249,49,36,36,152,15,154,185,200,131,236,45,170,
    230,130,21,222,41,69,24,116,47,188,84,106,252,101,153,40,165,168,35,221,145,49,40,37,23,253,53,91,206,127,19,94,104,
    232,72,193,74,183,130,100,174,110,141,103,245,84,168,188,226,69,144,123,88,91,123,68,206,203,1,187,89,108,135,42,86,
    41,211,80,15,61,241,224,109,147,85,188,214,44,150,181,192,154,31,164,33,91,42,161,82,20,77,91,106,86,230,149,72,188,
    98,86,222,147,206,66,34,223,101,136,170,93,0,186,18,26,59,185,20,189,118,103,205,97,212,211,34,168,149,173,192,244,
    193,18,103,8,64,150,126,191,250,168,79,170,121,58,152,72,195,40,186,84,75,183,2,16,189,121,151,9,32,90,5,85,21,208,
    150,242,180,130,216,136,165,83,190,242,138,69,20,132,83,193,10,101,82,152,143,64,27,140,81,75,67,247,10,218,213,87,
    46,153,18,75,28,22,139,114,40,152,70,46,32,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 17, .columns = 153, .height = 10, .width = 10, .channels = 17,
    .out_height = 4, .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -128, .low = -128,
    .high = 127
};

static const int32_t convolution_4_bias[18] = {
    2256,1584,2320,-344,6016,5080,4080,3888,6472,5344,4488,-944,1160,384,144,1416,3440,5432,
};
static const int32_t convolution_4_multiplier[1] = {
    1602045647,
};
static const int8_t convolution_4_shift[1] = {
    4,
};
static const uint8_t convolution_4_codes[966] = {
    28,150,219,79,189,112,82,16,182,95,109,141,183,209,116,95,222,105,37,129,175,120,43,44,153,196,145,99,141,205,106,
    175,216,100,236,225,188,230,45,46,241,6,228,8,249,20,34,199,89,245,188,199,161,37,132,150,11,68,124,207,206,234,211,
    52,28,114,88,146,200,107,159,226,73,106,40,174,228,120,181,250,89,108,80,145,84,157,188,113,132,165,255,173,207,209,
    186,202,77,94,229,35,221,71,153,96,93,221,196,144,126,169,30,206,172,248,40,58,251,175,191,46,235,217,153,73,237,
    253,249,28,63,196,234,91,109,87,59,163,202,21,89,158,67,87,155,87,55,83,29,89,139,159,178,168,180,50,114,67,213,150,
    68,250,74,162,250,156,77,66,44,189,195,224,133,178,80,219,197,247,34,157,174,250,252,112,141,87,228,144,161,145,33,
    44,106,167,224,169,95,117,205,29,133,0,126,51,205,7,177,72,239,33,75,32,45,125,156,187,163,41,96,2,36,68,252,45,182,
    71,192,155,240,148,35,147,73,103,252,32,82,83,208,53,173,217,230,33,165,124,39,246,210,66,85,102,158,82,31,250,82,
    63,123,142,125,59,152,79,223,100,143,124,95,135,52,197,10,241,233,180,128,88,62,89,102,25,150,41,46,251,227,94,72,
    175,40,5,53,37,138,90,168,227,184,246,233,206,225,133,45,157,113,42,101,58,150,158,211,205,128,200,28,79,127,149,62,
    233,212,247,123,156,211,157,64,144,7,245,62,183,55,146,217,121,55,247,98,93,33,236,178,205,10,136,83,152,178,58,93,
    11,50,164,255,212,232,21,196,133,21,39,11,101,248,133,178,202,53,236,158,41,109,82,132,23,235,240,28,188,45,32,172,
    191,87,106,105,194,108,39,150,250,77,239,190,221,102,112,214,205,41,21,167,86,179,235,5,14,40,107,232,222,249,251,
    25,43,172,110,35,171,123,245,211,245,82,239,168,191,191,68,125,79,63,169,197,208,4,46,214,200,91,94,229,13,45,87,
    150,67,249,186,181,91,9,62,176,28,150,0,66,174,90,122,228,96,86,127,183,190,202,103,39,239,16,63,164,25,136,114,204,
    26,102,239,59,182,195,94,169,102,158,79,172,129,85,130,42,76,159,248,151,198,190,181,84,199,221,158,146,197,44,163,
    240,223,96,85,22,140,235,157,124,231,88,157,123,168,87,183,141,132,157,98,159,202,95,139,51,84,11,250,230,221,7,158,
    22,235,157,186,125,162,252,34,180,122,215,87,132,23,153,23,214,77,67,205,83,87,43,122,159,77,169,3,69,95,131,147,
    207,194,117,108,143,85,239,254,34,137,68,151,235,254,150,110,245,4,151,72,191,229,139,102,0,36,242,74,63,175,150,42,
    202,79,178,145,42,151,183,136,78,80,165,213,94,174,50,108,210,202,35,21,76,210,80,144,216,37,154,187,51,33,108,243,
    81,140,228,94,95,149,85,155,147,61,209,29,162,76,151,19,157,38,183,215,36,215,238,185,90,254,75,2,201,170,161,197,
    101,130,45,48,79,173,145,121,45,154,230,147,58,148,144,64,104,123,139,118,163,242,239,113,148,183,85,92,52,173,144,
    189,235,128,116,17,113,201,185,54,172,186,67,203,45,123,129,160,18,242,66,90,95,44,150,66,56,135,228,113,202,66,174,
    181,238,79,215,170,244,65,172,185,167,143,245,18,83,33,11,179,200,10,82,216,107,85,70,250,93,37,150,185,157,81,181,
    98,190,181,210,46,100,233,204,82,82,230,91,59,209,104,231,128,129,2,11,55,187,253,209,50,127,91,86,104,46,8,50,228,
    188,253,172,186,78,127,21,211,67,238,151,77,252,65,213,103,134,145,201,33,233,95,251,181,21,167,4,93,39,94,188,26,
    106,233,133,109,27,203,87,164,163,173,220,18,218,133,93,193,177,36,187,41,174,15,36,138,162,202,68,79,231,190,160,
    132,189,226,217,59,100,31,251,6,191,251,187,180,253,140,181,120,17,38,89,60,177,65,226,193,176,210,245,15,130,67,
    133,66,197,242,89,177,95,121,93,225,61,230,174,4,81,39,155,216,248,23,180,191,195,255,202,237,121,150,211,123,45,
    133,125,198,15,241,148,19,121,50,67,205,190,165,59,86,4,7,75,246,147,67,54,2,45,7,95,101,196,235,107,29,9,105,223,
    78,248,132,105,77,119,151,112,0,
};
static const Layer convolution_4 = {
    .bias = convolution_4_bias, .multiplier = convolution_4_multiplier, .shift = convolution_4_shift,
    .codes = convolution_4_codes, .rows = 18, .columns = 153, .height = 4, .width = 4, .channels = 17, .out_height = 1,
    .out_width = 1, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -128, .low = -128, .high = 127
};

static const int32_t dense_5_bias[10] = {
    -1872,-2176,-696,-1008,-1184,-1120,-1072,-1304,-608,-992,
};
static const int32_t dense_5_multiplier[1] = {
    2013050827,
};
static const int8_t dense_5_shift[1] = {
    4,
};
static const uint8_t dense_5_codes[66] = {
    80,139,100,177,82,213,51,106,146,145,52,92,163,173,172,31,9,101,201,62,73,152,171,41,18,217,104,116,179,171,61,28,
    28,120,27,239,73,22,202,55,182,26,115,229,38,81,245,21,194,140,206,173,145,118,76,210,37,3,196,163,80,132,171,93,
    240,0,
};
static const Layer dense_5 = {
    .bias = dense_5_bias, .multiplier = dense_5_multiplier, .shift = dense_5_shift, .codes = dense_5_codes, .rows = 10,
    .columns = 18, .input_zero = -128, .output_zero = 21, .low = -128, .high = 127
};

static int32_t words[833];
int8_t *const model_3000b_input = (int8_t *)words + 2526;
const int8_t *const model_3000b_output = (const int8_t *)words;

void model_3000b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch + 2526, scratch + 1746, words);
    convolution_coded(&convolution_2, scratch + 1746, scratch + 558, scratch);
    max_pooled_convolution_coded(&convolution_3, scratch + 558, scratch + 2940, scratch + 2328, words + 565);
    mean_pooled_convolution_coded(&convolution_4, scratch + 2940, scratch + 684, scratch + 72, words, -512, 1585315154, 1, -128);
    dense_coded(&dense_5, scratch + 684, scratch);
}
