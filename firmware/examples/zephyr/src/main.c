#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "clustered_quantized.h"
#include "sample.h"

int main(void)
{
    static int8_t scores[CLUSTERED_QUANTIZED_OUTPUT_BYTES];
    const uint32_t start = k_cycle_get_32();
    clustered_quantized_run(sample_image, scores);
    const uint32_t taken = k_cycle_get_32() - start;

    int digit = 0;
    for (int i = 1; i < CLUSTERED_QUANTIZED_OUTPUT_BYTES; i++)
        if (scores[i] > scores[digit])
            digit = i;
    printk("digit %d, %s, %u cycles\n", digit, digit == SAMPLE_DIGIT ? "right" : "wrong", taken);
    return 0;
}
