/* LeNet-5-small-1.tflite in C; made by a generator, do not edit. How to use it: lenet_5_small.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D, and layer 1, operator MAX_POOL_2D: coded, 109 bytes for 250 weights
   - layer 2, operator CONV_2D, and layer 3, operator MAX_POOL_2D: coded, 638 bytes for 4,000 weights
   - layer 5, operator FULLY_CONNECTED: coded, 772 bytes for 5,120 weights
   - layer 6, operator FULLY_CONNECTED: coded, 106 bytes for 200 weights
*/
#include "lenet_5_small.h"

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

/* Weights in Huffman codes, of 1 to 6 bits: the weights in the order of their codes; for each length where its codes
   end, as if they were of the longest; and the place of its first weight, less its first code. */
static const int8_t code_values[] = {0, -1, 1, -3, 3, -2, 2};
static const uint16_t code_ends[] = {32, 48, 56, 60, 62, 64};
static const int16_t code_offsets[] = {0, -1, -4, -11, -26, -57};

typedef struct {
    const uint8_t *next;
    uint32_t bits; /* the next 6 of them and more, the first one highest */
    int32_t held;  /* how many */
} Coded;

static int32_t next_weight(Coded *coded)
{
    int32_t length = 1;
    for (; coded->held < 6; coded->held += 8)
        coded->bits |= (uint32_t)*coded->next++ << (24 - coded->held);
    const int32_t code = (int32_t)(coded->bits >> 26);
    while (code >= code_ends[length - 1])
        length++;
    coded->bits <<= length;
    coded->held -= length;
    return code_values[code_offsets[length - 1] + (code >> (6 - length))];
}

#define PATCH 250

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

static const int32_t convolution_1_bias[10] = {
    -340,-120,-2284,-516,-2908,-2324,-1372,-1268,-1920,-988,
};
static const int32_t convolution_1_multiplier[1] = {
    1367928204,
};
static const int8_t convolution_1_shift[1] = {
    3,
};
static const uint8_t convolution_1_codes[109] = {
    108,228,246,95,111,61,221,238,245,214,21,223,31,95,237,255,255,207,213,254,255,238,239,251,186,187,183,253,246,206,
    155,125,77,215,191,94,247,223,127,255,113,124,255,186,215,221,205,239,187,153,221,127,157,221,108,235,253,186,223,
    251,187,162,238,231,117,254,119,219,206,239,126,238,255,245,223,225,237,239,252,227,238,238,238,234,183,254,251,190,
    222,238,223,255,221,151,63,221,212,123,29,245,183,119,117,231,221,219,222,244,0,
};
static const Layer convolution_1 = {
    .bias = convolution_1_bias, .multiplier = convolution_1_multiplier, .shift = convolution_1_shift,
    .codes = convolution_1_codes, .rows = 10, .columns = 25, .height = 28, .width = 28, .channels = 1,
    .out_height = 12, .out_width = 12, .kernel_y = 5, .kernel_x = 5, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -128, .low = -128,
    .high = 127
};

static const int32_t convolution_2_bias[16] = {
    50,-1824,-1304,-1750,484,-660,-2898,-2056,-1470,-2262,-1882,-2058,-2954,1000,-2544,-1922,
};
static const int32_t convolution_2_multiplier[1] = {
    1471710461,
};
static const int8_t convolution_2_shift[1] = {
    2,
};
static const uint8_t convolution_2_codes[638] = {
    12,64,24,0,0,9,0,0,0,216,3,102,128,52,131,2,0,12,0,49,0,201,130,0,96,1,128,3,0,48,67,9,160,22,1,64,9,12,32,6,96,8,
    25,1,181,0,16,3,0,164,13,64,16,6,0,73,1,73,12,8,0,0,96,72,0,8,0,96,204,96,197,8,40,2,4,1,160,4,0,16,0,0,128,1,132,
    128,0,130,24,32,2,0,172,33,48,132,8,32,140,0,211,16,91,0,17,24,48,96,6,182,36,48,6,0,101,5,154,5,152,32,4,0,24,1,
    134,0,36,50,41,10,8,65,64,16,219,80,134,64,66,4,4,67,82,2,0,0,12,192,2,0,0,0,192,0,52,51,11,0,0,96,0,3,0,0,0,192,12,
    0,204,219,80,4,16,3,0,89,136,204,16,65,4,128,176,0,48,129,129,32,64,96,13,128,54,49,131,64,8,25,0,202,1,160,89,160,
    70,96,52,16,200,173,8,0,64,8,194,18,0,18,0,64,8,0,193,97,134,96,0,0,0,0,0,193,128,0,24,0,0,0,16,2,1,8,0,24,0,208,91,
    53,68,72,7,0,1,104,40,88,192,0,0,96,144,177,65,0,96,204,0,208,20,1,80,4,9,8,65,164,0,16,32,48,0,128,0,96,36,8,49,
    168,49,160,0,25,25,9,9,16,67,48,3,64,0,50,128,84,32,129,102,106,8,0,0,100,0,160,131,4,0,0,131,0,0,33,136,11,6,0,0,0,
    32,4,5,131,9,134,0,0,128,16,0,97,5,160,90,1,0,32,32,16,16,2,2,32,0,32,8,32,1,128,0,0,0,37,1,36,9,0,104,0,0,64,8,192,
    70,0,96,128,8,0,8,24,64,203,88,128,17,0,0,144,65,100,128,12,194,6,36,9,4,72,0,48,1,8,36,84,72,32,128,96,96,20,18,16,
    36,0,1,138,194,209,44,33,49,160,48,1,97,27,88,12,96,54,0,192,49,12,140,205,144,2,0,86,6,64,8,1,48,10,48,32,32,2,0,0,
    0,36,0,152,0,100,16,161,66,128,200,104,36,6,144,2,0,64,0,51,4,0,1,132,192,202,204,0,193,1,132,65,168,176,22,36,131,
    0,1,68,8,1,24,146,0,0,74,32,70,33,2,3,18,192,4,2,66,73,2,0,0,24,1,140,24,0,4,134,0,102,35,12,64,132,1,128,3,6,27,16,
    54,3,24,12,2,0,0,0,24,3,0,0,0,0,0,0,4,0,136,210,19,105,3,105,0,144,22,40,44,64,5,140,11,0,54,1,53,88,26,173,180,11,
    52,11,0,16,0,129,26,69,9,16,67,50,8,208,6,134,4,72,4,1,128,102,0,96,25,173,44,51,68,0,22,0,105,12,45,24,37,45,5,1,
    33,129,0,131,34,11,68,136,0,4,96,25,136,4,129,156,0,129,102,129,11,80,0,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 16, .columns = 250, .height = 12, .width = 12, .channels = 10,
    .out_height = 4, .out_width = 4, .kernel_y = 5, .kernel_x = 5, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -128, .low = -128,
    .high = 127
};

static const int32_t dense_3_bias[20] = {
    34,108,598,-720,1890,1624,-210,278,-204,166,-1404,1108,2606,144,-346,580,-550,580,1662,860,
};
static const int32_t dense_3_multiplier[1] = {
    1118775404,
};
static const int8_t dense_3_shift[1] = {
    2,
};
static const uint8_t dense_3_codes[772] = {
    0,0,0,3,0,3,2,0,104,0,0,4,0,2,0,4,1,144,192,0,48,64,0,6,1,128,34,192,24,0,64,0,196,4,96,1,64,0,0,0,0,0,0,1,129,128,
    2,18,0,0,0,48,0,193,139,10,201,1,97,146,194,0,1,0,128,88,208,140,107,50,22,108,12,161,140,64,35,0,0,12,8,48,0,32,0,
    0,51,10,0,204,2,13,128,40,12,128,64,1,176,3,25,0,24,0,24,176,202,64,0,6,96,0,131,1,32,48,218,144,0,8,54,1,18,12,77,
    2,216,12,97,0,2,0,0,129,130,4,209,24,44,0,32,65,132,16,0,4,0,16,0,32,0,0,0,0,0,96,0,0,0,8,128,96,0,6,0,50,34,8,0,48,
    128,192,0,63,0,204,9,0,0,0,6,12,24,48,48,6,194,24,6,67,0,194,199,131,96,173,152,0,0,0,0,0,0,51,8,6,0,3,54,0,0,2,0,2,
    96,33,129,128,198,192,6,24,3,0,48,1,25,128,26,182,0,8,100,140,192,100,129,32,26,25,64,0,64,200,134,160,34,4,0,24,0,
    6,192,6,70,6,40,0,0,0,0,12,0,0,24,0,0,0,0,0,0,24,0,0,0,24,0,64,0,0,0,0,24,152,0,11,96,24,16,0,8,0,1,128,96,216,8,
    192,6,0,4,8,2,0,6,128,0,67,2,0,104,0,3,0,32,0,66,0,0,0,64,12,2,0,88,0,0,1,0,208,195,19,2,0,100,2,144,32,12,16,6,6,0,
    1,129,128,134,0,0,0,4,54,48,36,24,0,0,48,48,0,0,0,96,0,44,0,3,0,0,0,0,0,0,0,4,193,128,8,32,0,20,2,96,64,38,134,0,0,
    0,192,0,48,0,1,152,0,0,0,1,64,12,16,0,16,0,0,66,0,0,0,0,17,0,160,192,69,86,10,33,79,236,130,9,162,24,1,0,0,128,49,
    128,0,0,107,0,24,48,0,0,64,0,0,24,0,50,48,1,128,0,0,0,12,0,0,0,24,0,0,0,0,12,0,128,16,0,8,195,102,0,0,0,0,1,6,108,
    65,0,195,17,48,0,0,6,0,24,216,27,6,48,12,1,128,1,109,176,3,12,6,12,0,98,49,97,4,108,176,4,98,198,0,4,195,104,100,12,
    33,145,140,131,40,0,1,3,107,32,1,160,128,38,16,0,192,0,2,0,0,64,0,0,0,0,4,0,0,1,96,0,32,48,25,0,4,192,8,8,0,13,0,24,
    17,4,0,2,128,0,0,0,12,96,0,48,0,0,48,2,0,1,0,0,12,8,48,35,96,20,1,140,66,0,96,0,27,0,24,0,6,0,48,0,0,0,25,2,64,0,12,
    80,0,96,0,76,0,8,0,1,128,0,27,10,64,211,10,164,49,133,64,0,0,12,34,0,2,0,24,1,0,96,0,0,0,192,0,0,8,0,0,0,0,0,12,0,1,
    0,0,0,0,1,0,0,48,0,4,1,128,52,13,0,0,0,0,0,2,64,19,0,1,128,96,0,24,48,0,105,134,128,38,4,192,0,6,13,128,0,216,0,13,
    152,136,0,1,131,98,32,13,248,24,0,192,0,52,8,99,0,3,48,0,0,0,0,128,24,0,0,0,0,64,0,32,0,0,196,6,17,132,48,70,16,64,
    0,0,1,152,35,3,48,83,52,9,129,134,200,0,24,128,48,12,65,163,12,8,48,70,4,108,161,0,196,193,0,6,32,0,
};
static const Layer dense_3 = {
    .bias = dense_3_bias, .multiplier = dense_3_multiplier, .shift = dense_3_shift, .codes = dense_3_codes, .rows = 20,
    .columns = 256, .input_zero = -128, .output_zero = -128, .low = -128, .high = 127
};

static const int32_t dense_4_bias[10] = {
    -2000,-2448,-552,-1960,-1216,-1560,-2080,-1784,-984,-800,
};
static const int32_t dense_4_multiplier[1] = {
    1891631104,
};
static const int8_t dense_4_shift[1] = {
    4,
};
static const uint8_t dense_4_codes[106] = {
    119,123,189,247,222,238,187,239,253,217,222,125,247,221,119,119,255,119,251,189,255,119,253,234,247,223,125,238,246,
    255,159,127,119,123,189,239,187,239,157,255,254,187,187,235,111,125,223,94,242,238,238,239,124,247,123,187,223,123,
    190,239,191,119,255,223,127,247,119,119,223,249,187,187,223,122,199,117,157,221,221,255,191,239,95,221,222,251,187,
    255,105,243,190,125,125,123,223,191,239,254,158,222,254,251,185,221,232,0,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .codes = dense_4_codes, .rows = 10,
    .columns = 20, .input_zero = -128, .low = -128, .high = 127
};

static int32_t words[626];
int8_t *const lenet_5_small_input = (int8_t *)words + 792;
const int8_t *const lenet_5_small_output = (const int8_t *)words;

void lenet_5_small_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    max_pooled_convolution_coded(&convolution_1, scratch + 792, scratch, scratch + 1616, words + 394);
    max_pooled_convolution_coded(&convolution_2, scratch, scratch, scratch + 1504, words + 360);
    dense_coded(&dense_3, scratch, scratch + 256);
    dense_coded(&dense_4, scratch + 256, scratch);
}
