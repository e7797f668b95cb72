/* 1500B-1.tflite in C; made by a generator, do not edit. How to use it: model_1500b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D, and layer 1, operator MAX_POOL_2D: shared4, 56 bytes for 72 weights
   - layer 2, operator CONV_2D, and layer 3, operator MAX_POOL_2D: shared4, 448 bytes for 864 weights
   - layer 4, operator CONV_2D: shared4, 880 bytes for 1,728 weights
   - layer 6, operator FULLY_CONNECTED: shared4, 736 bytes for 1,440 weights
*/
#include "model_1500b.h"

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

typedef int16_t DIMENSION;

typedef uint8_t COUNT;

typedef struct {
    const int32_t *bias;       /* with the input's zero point folded in */
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

#define PATCH 108

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

static const int32_t convolution_1_bias[8] = {
    -398,-559,-17,-504,-18,-356,-512,466,
};
static const int32_t convolution_1_multiplier[1] = {
    1302988805,
};
static const int8_t convolution_1_shift[1] = {
    2,
};
static const int8_t convolution_1_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t convolution_1_codes[40] = {
    65,82,35,6,1,2,82,1,86,1,84,85,18,17,3,36,33,65,33,3,19,33,66,85,4,19,19,66,65,5,67,5,84,1,1,67,52,51,67,4,
};
static const Layer convolution_1 = {
    .bias = convolution_1_bias, .multiplier = convolution_1_multiplier, .shift = convolution_1_shift,
    .values = convolution_1_values, .codes = convolution_1_codes, .rows = 8, .columns = 9, .height = 28, .width = 28,
    .channels = 1, .out_height = 13, .out_width = 13, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1,
    .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -104,
    .low = -104, .high = 127
};

static const int32_t convolution_2_bias[12] = {
    -882,-1644,-936,-2706,93,667,-129,-2183,-2058,-1522,-1071,-1044,
};
static const int32_t convolution_2_multiplier[1] = {
    1618418363,
};
static const int8_t convolution_2_shift[1] = {
    3,
};
static const int8_t convolution_2_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t convolution_2_codes[432] = {
    36,52,52,33,36,4,66,19,100,18,51,52,102,2,18,17,53,3,97,35,53,34,65,51,68,2,21,38,3,3,37,48,20,37,82,66,48,80,17,37,
    48,65,67,67,17,51,66,98,96,33,21,22,96,36,3,22,32,53,50,34,68,81,84,50,84,51,37,53,67,66,36,17,36,36,68,66,34,20,20,
    51,82,35,22,53,52,36,50,49,50,36,5,19,65,21,21,36,85,18,16,51,85,50,52,35,66,51,33,21,81,18,4,21,65,0,21,38,34,17,
    34,20,48,21,36,36,18,36,51,34,19,52,66,49,48,67,100,34,21,52,67,48,35,21,51,49,50,51,52,36,35,67,67,50,51,52,67,34,
    36,51,67,48,35,52,83,49,36,53,84,51,20,35,68,65,20,37,82,50,51,36,50,34,67,51,67,52,68,35,68,51,36,35,85,36,35,51,
    50,35,51,36,67,51,35,53,52,53,67,50,33,20,66,35,35,22,50,37,21,19,51,36,35,52,67,34,50,67,67,34,49,66,17,83,65,20,
    53,49,81,83,68,34,67,83,66,65,66,20,84,34,50,84,51,49,66,69,37,51,51,34,51,36,34,34,50,35,67,50,50,2,3,37,34,3,6,52,
    34,20,37,51,34,5,36,35,50,5,4,50,50,20,35,66,33,5,20,36,83,17,3,37,100,51,22,20,4,21,68,33,51,2,32,36,67,0,3,51,4,
    51,69,64,20,69,84,64,36,34,80,99,50,66,51,35,35,36,52,52,49,19,35,84,81,51,36,6,34,52,36,51,18,34,66,81,16,53,53,4,
    18,67,68,33,4,35,100,98,36,68,82,65,50,4,35,52,66,3,37,86,52,34,48,67,19,37,34,21,50,18,50,66,20,50,67,20,4,51,70,
    34,5,68,66,66,66,67,64,70,19,101,83,36,32,85,49,16,0,84,69,5,0,102,54,0,48,50,21,17,2,98,99,32,83,83,67,36,97,50,36,
    86,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .values = convolution_2_values, .codes = convolution_2_codes, .rows = 12, .columns = 72, .height = 13, .width = 13,
    .channels = 8, .out_height = 5, .out_width = 5, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1,
    .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -104, .output_zero = -105,
    .low = -105, .high = 127
};

static const int32_t convolution_3_bias[16] = {
    175,-1603,-312,135,-1032,-1027,176,859,2166,-836,-3160,-913,-1986,-613,1334,-1493,
};
static const int32_t convolution_3_multiplier[1] = {
    1187701473,
};
static const int8_t convolution_3_shift[1] = {
    3,
};
static const int8_t convolution_3_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t convolution_3_codes[864] = {
    49,68,85,49,36,69,67,35,84,51,54,22,54,65,16,70,54,6,66,49,82,35,50,83,36,50,52,66,83,51,3,51,20,35,69,2,67,64,83,
    51,35,51,34,52,67,68,50,34,19,53,34,32,36,66,52,52,35,70,52,51,35,50,51,18,35,36,18,35,53,53,51,36,19,52,20,36,36,
    18,51,68,83,80,50,85,35,82,36,100,98,65,2,38,36,51,49,2,36,83,35,19,49,20,0,66,1,6,80,33,4,37,67,51,49,20,5,66,52,
    51,67,52,34,67,53,51,67,50,18,67,35,36,37,34,2,67,70,66,34,34,52,84,53,80,53,68,20,36,32,19,38,3,22,37,49,68,22,4,
    86,50,50,66,38,5,18,66,36,50,83,69,35,81,51,18,65,66,33,82,52,65,36,52,64,50,97,52,32,68,32,37,81,66,4,35,52,35,64,
    83,21,19,100,66,35,49,83,68,53,81,52,66,102,52,52,81,21,52,86,2,19,19,66,51,37,4,51,52,68,66,52,83,51,51,68,68,35,
    51,18,3,64,36,36,19,53,35,50,67,19,35,54,50,67,83,52,34,66,65,64,34,84,5,65,52,81,84,35,4,51,37,51,80,3,81,35,33,34,
    35,50,51,20,68,68,68,50,34,19,68,85,50,35,70,51,64,67,52,68,35,34,36,82,68,68,34,49,69,49,48,3,80,69,81,84,51,67,51,
    37,49,18,51,85,20,21,32,1,3,70,3,51,21,18,52,52,20,67,19,34,37,19,19,33,37,51,52,35,83,66,33,48,52,54,52,99,17,65,
    20,68,82,35,1,17,38,67,36,68,18,52,67,51,84,69,50,69,66,38,98,51,65,5,50,84,81,53,51,68,69,51,67,21,34,36,19,65,52,
    52,83,85,6,97,52,36,67,20,49,36,83,51,66,19,33,35,33,51,52,70,53,33,17,3,2,36,50,20,68,83,67,18,66,21,68,85,54,84,
    99,3,66,70,67,65,83,18,51,84,51,81,98,19,68,34,65,67,83,66,66,67,51,67,52,34,53,83,84,52,65,66,83,52,100,83,68,17,
    51,67,32,84,3,82,83,51,68,67,22,82,52,83,54,32,19,33,81,67,53,35,52,81,36,20,50,36,19,64,3,33,67,19,0,2,97,52,20,35,
    68,37,34,50,51,52,81,36,65,67,51,67,96,3,66,52,52,50,82,68,37,34,52,52,36,35,53,19,84,83,70,35,6,35,52,52,68,54,19,
    34,52,33,18,51,50,35,51,19,19,35,35,34,67,19,20,83,52,1,101,20,35,81,50,17,52,35,68,52,99,32,35,34,4,81,48,1,35,34,
    54,33,33,68,50,34,65,35,36,70,49,67,38,84,51,69,2,34,22,51,33,54,34,52,19,32,33,53,34,52,51,33,18,35,0,18,36,65,2,
    20,35,53,53,50,49,34,69,52,83,67,85,52,51,65,68,67,3,35,53,85,101,67,3,36,66,52,53,67,67,67,50,35,50,51,68,51,51,3,
    3,99,68,36,34,83,67,65,19,67,48,36,36,51,66,35,32,5,34,81,80,34,65,36,50,83,51,34,34,4,19,49,81,0,52,20,19,82,82,52,
    51,34,65,50,67,51,82,36,51,51,52,83,51,50,38,34,67,20,51,38,52,52,19,6,66,54,51,19,35,20,34,35,35,100,68,3,19,48,52,
    5,4,37,34,66,100,5,3,54,66,54,97,67,49,67,35,84,50,34,52,68,17,67,53,20,21,19,51,68,35,66,21,101,18,33,64,52,99,98,
    18,83,49,32,97,65,84,85,96,33,99,20,53,20,50,37,66,82,36,65,65,21,101,84,67,34,48,38,85,33,66,36,34,51,66,35,53,67,
    81,52,66,36,67,67,82,19,34,3,37,52,36,0,2,37,68,83,83,4,35,34,52,97,65,2,35,83,52,81,67,35,36,83,83,52,81,52,83,65,
    50,48,16,3,100,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .values = convolution_3_values, .codes = convolution_3_codes, .rows = 16, .columns = 108, .height = 5, .width = 5,
    .channels = 12, .out_height = 3, .out_width = 3, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1,
    .input_zero = -105, .output_zero = -112, .low = -112, .high = 127
};

static const int32_t dense_4_bias[10] = {
    -6748,-7495,-3266,-4909,-4705,-4402,-5430,-7045,-1546,-4923,
};
static const int32_t dense_4_multiplier[1] = {
    1192293564,
};
static const int8_t dense_4_shift[1] = {
    4,
};
static const int8_t dense_4_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t dense_4_codes[720] = {
    51,35,64,34,49,36,4,33,32,35,32,32,50,2,33,67,50,50,18,3,49,49,64,49,67,3,68,32,18,51,35,64,82,34,35,52,18,36,67,67,
    68,65,20,52,1,67,52,33,18,4,68,49,50,85,82,96,51,18,4,84,33,35,98,85,67,33,22,86,3,18,102,53,81,49,51,36,18,52,3,70,
    49,32,67,68,51,69,5,18,49,49,50,50,18,66,4,1,65,33,18,68,35,35,4,35,49,48,52,33,35,50,5,18,80,49,54,51,52,52,20,48,
    50,32,52,52,19,51,2,52,67,1,67,50,33,68,3,52,64,17,22,36,82,68,33,52,20,68,50,68,68,33,1,68,20,84,1,36,50,52,51,37,
    53,49,20,21,50,68,35,35,36,52,33,35,33,37,20,52,36,52,48,53,16,53,51,53,53,1,20,84,66,83,67,36,35,36,34,50,18,36,68,
    99,3,3,17,81,48,21,48,83,18,5,18,96,83,51,96,83,53,49,50,50,36,0,17,3,37,50,51,35,35,34,51,20,70,67,67,52,35,36,66,
    18,36,65,36,66,20,16,36,21,21,83,52,18,35,35,33,52,36,101,81,18,51,52,34,20,19,48,52,53,34,66,51,36,19,83,83,19,48,
    32,51,52,3,102,65,19,18,17,54,19,34,17,35,36,49,99,68,50,65,49,53,68,34,82,85,32,64,34,68,98,35,97,69,48,66,83,67,
    16,81,67,82,66,65,49,19,51,36,82,82,64,32,2,34,50,35,82,51,65,68,98,33,51,100,32,50,34,83,33,33,49,85,36,50,1,83,2,
    33,32,69,85,0,34,49,19,52,52,33,68,51,51,32,51,83,33,51,35,50,82,64,52,83,49,69,3,17,102,34,33,69,83,35,48,52,36,32,
    51,82,20,84,51,50,66,32,67,66,34,67,4,33,69,2,48,68,36,36,33,51,20,3,83,83,36,49,65,51,51,35,82,49,36,17,1,69,35,65,
    4,81,82,17,99,20,35,48,37,48,65,66,84,52,67,32,53,64,68,67,6,34,68,48,4,66,19,65,100,68,33,33,36,66,51,81,35,51,36,
    17,66,19,50,64,3,66,20,49,4,52,33,34,83,66,49,34,53,53,50,50,34,49,69,2,69,19,51,16,0,84,67,51,64,34,18,68,49,1,35,
    67,34,32,2,85,49,18,5,98,33,36,18,84,52,82,2,34,33,67,52,53,18,3,35,68,18,4,83,52,34,3,20,68,18,3,50,66,51,33,19,97,
    49,48,20,36,66,6,4,84,19,18,68,69,52,6,1,84,2,67,32,70,52,4,33,51,85,52,67,67,50,83,33,68,67,54,35,34,50,81,51,51,
    68,36,34,34,33,66,50,85,99,35,67,51,50,65,48,34,35,68,18,34,67,34,35,68,70,81,49,35,48,19,52,68,22,66,64,32,37,64,
    64,50,21,100,32,33,37,49,67,50,86,98,51,32,32,68,53,34,38,36,48,65,37,99,49,20,67,38,32,49,5,81,83,20,67,35,3,35,2,
    50,67,84,51,36,32,19,52,98,66,50,50,67,50,19,34,83,66,37,32,50,51,18,68,20,65,98,50,20,99,85,16,50,35,82,65,18,19,
    69,33,53,1,66,32,49,33,35,101,35,16,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .values = dense_4_values,
    .codes = dense_4_codes, .rows = 10, .columns = 144, .input_zero = -112, .output_zero = 24, .low = -128,
    .high = 127
};

void model_1500b_run(const int8_t input[784], int8_t output[10])
{
    static int32_t words[449];
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    max_pooled_convolution_shared4(&convolution_1, input, scratch, scratch + 1384, words + 338);
    max_pooled_convolution_shared4(&convolution_2, scratch, scratch, scratch + 1400, words + 338);
    convolution_shared4(&convolution_3, scratch, scratch, scratch + 300);
    dense_shared4(&dense_4, scratch, output);
}
