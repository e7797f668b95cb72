/* 900B-1.tflite in C; made by a generator, do not edit. How to use it: model_900b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D, and layer 1, operator MAX_POOL_2D: shared4, 51 bytes for 63 weights
   - layer 2, operator CONV_2D, and layer 3, operator MAX_POOL_2D: shared4, 272 bytes for 504 weights
   - layer 4, operator CONV_2D: shared4, 376 bytes for 720 weights
   - layer 6, operator FULLY_CONNECTED: shared4, 466 bytes for 900 weights
*/
#include "model_900b.h"

static inline int8_t clamp(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : x > high ? high : x);
}

/* x * multiplier / 2^31 / 2^shift, rounded twice: halves up, then halves away from zero.
   For shifts from 1 to 31 and x below 2^30, as all here are. */
static inline int32_t scale(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t high = (int32_t)(((int64_t)x * multiplier + (1 << 30)) >> 31);
    return (high + (high >> 31) + (1 << (shift - 1))) >> shift;
}

typedef int8_t DIMENSION;

typedef uint8_t COUNT;

typedef struct {
    const int32_t *bias;       /* with the input's zero point folded in */
    const int32_t *multiplier; /* of each output channel, over 2^31 */
    const int8_t *shift;       /* right, after the multiplication */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them */
    const COUNT *counts;  /* weights stored of each row */
    DIMENSION table_step; /* from one row's table to the next */
    DIMENSION height, width, channels, rows, columns;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    DIMENSION out_height, out_width;
    DIMENSION pool_y, pool_x, pool_stride_y, pool_stride_x;
    int8_t input_zero, output_zero, low, high;
} Layer;

static inline int8_t requantize(const Layer *l, int32_t c, int32_t sum)
{
    return clamp(scale(sum, l->multiplier[c], l->shift[c]) + l->output_zero, l->low, l->high);
}

#if defined(__GNUC__)
#define KEEP_LOOP __asm__ volatile("") /* else compilers call memcpy or memset, for a few bytes */
#define UNROLL _Pragma("GCC unroll 4")
#else
#define KEEP_LOOP (void)0
#define UNROLL
#endif

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

/* The maximum is of the sums themselves: it commutes with what follows, which never turns a larger into a smaller. */
static void max_pooled_convolution_shared4(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch, int32_t *pooled)
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
                const int8_t *w = l->values;
                const uint8_t *codes = l->codes;
                for (int32_t c = 0; c < l->rows; c++) {
                    const int8_t *x = patch;
                    int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
                    int32_t n = l->columns, v;
                    for (; n >= 2; n -= 2, x += 2) {
                        const uint32_t code = *codes++; /* 2 indices */
                        v = w[code >> 0 & 15u];
                        acc0 += v * x[0];
                        acc1 += v * x[1 * PATCH];
                        acc2 += v * x[2 * PATCH];
                        acc3 += v * x[3 * PATCH];
                        v = w[code >> 4 & 15u];
                        acc0 += v * x[1];
                        acc1 += v * x[1 + 1 * PATCH];
                        acc2 += v * x[1 + 2 * PATCH];
                        acc3 += v * x[1 + 3 * PATCH];
                    }
                    if (n > 0)
                        for (uint32_t code = *codes++; n > 0; n--, x++, code >>= 4) {
                            v = w[code & 15u];
                            acc0 += v * x[0];
                            acc1 += v * x[1 * PATCH];
                            acc2 += v * x[2 * PATCH];
                            acc3 += v * x[3 * PATCH];
                        }
                    w += l->table_step;
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

static void convolution_shared4(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch)
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
        const int8_t *w = l->values;
        const uint8_t *codes = l->codes;
        for (int32_t c = 0; c < l->rows; c++) {
            const int8_t *x = patch;
            int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
            int32_t n = l->columns, v;
            for (; n >= 2; n -= 2, x += 2) {
                const uint32_t code = *codes++; /* 2 indices */
                v = w[code >> 0 & 15u];
                acc0 += v * x[0];
                acc1 += v * x[1 * PATCH];
                acc2 += v * x[2 * PATCH];
                acc3 += v * x[3 * PATCH];
                v = w[code >> 4 & 15u];
                acc0 += v * x[1];
                acc1 += v * x[1 + 1 * PATCH];
                acc2 += v * x[1 + 2 * PATCH];
                acc3 += v * x[1 + 3 * PATCH];
            }
            if (n > 0)
                for (uint32_t code = *codes++; n > 0; n--, x++, code >>= 4) {
                    v = w[code & 15u];
                    acc0 += v * x[0];
                    acc1 += v * x[1 * PATCH];
                    acc2 += v * x[2 * PATCH];
                    acc3 += v * x[3 * PATCH];
                }
            w += l->table_step;
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

static void dense_shared4(const Layer *l, const int8_t *in, int8_t *out)
{
    const int8_t *w = l->values;
    const uint8_t *codes = l->codes;
    for (int32_t c = 0; c < l->rows; c++) {
        const int8_t *x = in;
        int32_t acc0 = l->bias[c];
        int32_t n = l->columns, v;
        for (; n >= 2; n -= 2, x += 2) {
            const uint32_t code = *codes++; /* 2 indices */
            v = w[code >> 0 & 15u];
            acc0 += v * x[0];
            v = w[code >> 4 & 15u];
            acc0 += v * x[1];
        }
        if (n > 0)
            for (uint32_t code = *codes++; n > 0; n--, x++, code >>= 4) {
                v = w[code & 15u];
                acc0 += v * x[0];
            }
        w += l->table_step;
        *out++ = requantize(l, c, acc0);
    }
}

static const int32_t convolution_1_bias[7] = {
    -16,557,-442,125,-492,-451,-916,
};
static const int32_t convolution_1_multiplier[7] = {
    1106162867,1106162867,1106162867,1106162867,1106162867,1106162867,1106162867,
};
static const int8_t convolution_1_shift[7] = {
    2,2,2,2,2,2,2,
};
static const int8_t convolution_1_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t convolution_1_codes[35] = {
    2,97,3,100,5,69,51,67,69,4,53,80,19,52,0,32,53,85,53,0,16,21,84,17,5,0,16,68,83,5,0,68,16,53,0,
};
static const Layer convolution_1 = {
    .bias = convolution_1_bias, .multiplier = convolution_1_multiplier, .shift = convolution_1_shift,
    .values = convolution_1_values, .codes = convolution_1_codes, .rows = 7, .columns = 9, .height = 28, .width = 28,
    .channels = 1, .out_height = 13, .out_width = 13, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1,
    .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -123,
    .low = -123, .high = 127
};

static const int32_t convolution_2_bias[8] = {
    -1398,-498,-690,-75,-1070,-1743,-2633,-2165,
};
static const int32_t convolution_2_multiplier[8] = {
    1377800740,1377800740,1377800740,1377800740,1377800740,1377800740,1377800740,1377800740,
};
static const int8_t convolution_2_shift[8] = {
    3,3,3,3,3,3,3,3,
};
static const int8_t convolution_2_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t convolution_2_codes[256] = {
    53,0,6,34,102,101,3,98,99,101,66,0,50,96,52,64,4,6,18,4,86,52,49,96,67,2,1,70,3,33,81,3,99,70,22,5,100,85,67,0,52,
    34,3,66,4,97,0,34,96,66,2,18,38,0,16,102,38,65,99,70,53,66,69,4,53,49,50,52,49,67,36,0,67,81,51,36,18,50,85,19,18,
    99,50,35,50,19,97,34,66,36,99,96,102,35,4,5,51,37,34,99,32,51,96,5,35,5,38,83,99,64,38,5,4,4,82,84,0,100,101,36,32,
    54,54,0,48,100,80,0,38,65,33,52,66,35,1,81,51,35,48,0,52,69,18,52,5,33,83,100,0,36,84,84,66,82,98,0,84,53,6,1,49,69,
    67,1,65,54,5,0,82,51,0,69,69,2,50,67,4,96,36,54,1,68,18,6,101,34,36,64,38,96,33,0,52,51,20,81,34,68,2,20,67,67,97,6,
    50,33,54,80,64,64,36,4,4,36,48,35,82,0,5,4,35,64,81,0,99,65,35,64,53,37,2,69,68,18,51,68,17,20,53,50,49,83,49,68,50,
    37,3,2,86,50,32,81,2,18,0,6,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .values = convolution_2_values, .codes = convolution_2_codes, .rows = 8, .columns = 63, .height = 13, .width = 13,
    .channels = 7, .out_height = 5, .out_width = 5, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1,
    .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -123, .output_zero = -124,
    .low = -124, .high = 127
};

static const int32_t convolution_3_bias[10] = {
    1666,-661,1005,-1742,1367,-383,-2699,2622,105,454,
};
static const int32_t convolution_3_multiplier[10] = {
    1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,
};
static const int8_t convolution_3_shift[10] = {
    3,3,3,3,3,3,3,3,3,3,
};
static const int8_t convolution_3_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t convolution_3_codes[360] = {
    50,65,50,51,37,48,52,67,67,32,66,83,70,51,33,36,86,52,0,36,70,20,48,83,86,68,16,69,102,99,16,52,86,101,0,2,96,82,69,
    49,96,48,36,81,97,50,2,16,0,82,101,66,64,51,83,36,97,34,98,36,2,66,33,69,4,52,82,102,1,67,101,37,83,19,68,36,3,38,
    97,69,3,54,97,52,86,34,83,51,37,52,66,19,0,100,21,0,102,85,49,20,96,64,98,52,96,32,70,50,67,6,66,49,37,68,51,3,32,
    101,84,37,101,83,0,6,32,49,52,38,0,36,66,96,2,1,102,3,1,3,102,48,4,98,84,66,19,98,67,97,51,64,86,38,102,3,68,67,64,
    50,19,19,97,4,82,102,21,38,48,86,1,52,102,50,1,99,99,67,3,101,65,2,67,52,36,49,35,65,34,99,19,49,66,99,52,102,53,52,
    66,67,49,69,34,16,34,36,82,50,6,37,48,51,37,48,32,37,22,0,49,101,99,16,48,99,51,0,96,32,35,48,67,97,35,35,32,64,36,
    36,96,49,51,96,49,33,48,84,34,1,37,49,50,20,67,83,67,86,19,68,37,82,67,70,53,49,100,37,83,67,50,19,85,37,35,6,22,48,
    52,102,99,66,2,64,84,36,6,48,53,3,6,65,70,69,34,18,68,69,19,0,33,49,52,16,83,35,50,36,64,66,50,67,50,69,51,37,35,33,
    100,100,0,53,100,65,5,52,67,86,65,67,99,66,80,34,100,67,67,50,99,38,3,52,99,32,2,22,99,66,3,85,97,68,35,101,0,4,4,
    98,2,37,4,82,36,69,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .values = convolution_3_values, .codes = convolution_3_codes, .rows = 10, .columns = 72, .height = 5, .width = 5,
    .channels = 8, .out_height = 3, .out_width = 3, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1,
    .input_zero = -124, .output_zero = -125, .low = -125, .high = 127
};

static const int32_t dense_4_bias[10] = {
    -3056,-3856,-360,-5006,-2539,-4171,-3065,-3884,-573,-3406,
};
static const int32_t dense_4_multiplier[10] = {
    1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,
};
static const int8_t dense_4_shift[10] = {
    4,4,4,4,4,4,4,4,4,4,
};
static const int8_t dense_4_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t dense_4_codes[450] = {
    50,99,68,20,85,53,50,33,35,20,19,53,34,48,36,48,99,100,6,52,36,18,81,17,82,16,6,32,38,64,97,80,68,2,68,86,17,18,34,
    67,49,3,0,85,48,52,80,48,52,50,49,64,66,53,19,67,81,80,36,50,85,49,51,68,2,2,81,17,36,67,50,64,65,50,51,22,66,49,69,
    1,1,48,65,5,84,101,32,34,66,21,70,54,34,65,2,82,52,36,17,35,50,54,50,37,37,6,35,102,3,38,3,37,37,20,37,98,50,52,52,
    6,19,34,38,20,85,19,34,4,17,5,99,80,5,96,6,4,38,33,80,0,19,68,17,48,35,66,86,64,5,35,20,2,2,50,32,50,36,3,50,98,52,
    84,66,34,69,5,3,1,17,51,21,22,53,34,80,34,54,101,3,80,80,32,48,2,54,65,48,50,52,68,96,32,32,70,99,83,66,18,66,54,66,
    34,32,100,38,48,0,17,21,84,67,70,52,96,32,96,66,80,84,51,48,96,51,50,36,49,16,35,38,97,51,33,37,52,49,38,16,70,96,
    66,35,3,35,51,67,67,4,83,17,50,35,1,85,49,64,5,3,3,66,51,53,5,68,1,66,35,5,100,2,65,50,48,99,6,20,98,35,51,38,49,
    102,33,54,35,49,81,48,85,4,51,84,36,70,1,49,84,4,52,0,51,64,80,18,20,83,36,17,4,35,67,34,3,4,19,50,36,52,64,80,5,66,
    37,98,66,3,50,51,65,67,20,2,51,18,67,1,19,35,50,49,3,64,51,19,65,51,21,51,96,69,0,16,83,99,102,52,48,96,68,67,16,66,
    20,20,66,83,53,34,51,17,98,33,21,19,36,52,48,85,50,33,99,82,65,35,19,82,49,52,69,51,34,64,100,19,1,84,19,98,37,2,34,
    38,86,70,35,81,97,52,53,21,98,21,35,4,48,50,2,38,67,17,35,97,52,32,66,97,66,52,34,86,80,34,67,49,37,33,99,3,49,97,
    80,96,19,96,52,33,18,97,64,0,50,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .values = dense_4_values,
    .codes = dense_4_codes, .rows = 10, .columns = 90, .input_zero = -125, .output_zero = 10, .low = -128, .high = 127
};

void model_900b_run(const int8_t input[784], int8_t output[10])
{
    static int32_t words[374];
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    max_pooled_convolution_shared4(&convolution_1, input, scratch + 311, scratch + 28, words);
    max_pooled_convolution_shared4(&convolution_2, scratch + 311, scratch + 311, scratch + 32, words);
    convolution_shared4(&convolution_3, scratch + 311, scratch + 288, scratch);
    dense_shared4(&dense_4, scratch + 288, output);
}
