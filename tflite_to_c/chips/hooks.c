/* What the emulator calls while a program runs. In Python the same takes a hundred times as long. */
#include <stdint.h>

struct edge { /* how often one block was followed by another; a block is address << 16 | length */
    uint64_t before, block, times;
};

struct edges { /* a hash table, open addressing; capacity: a power of two; never quite full, so that a search ends */
    struct edge *table;
    uint64_t capacity, used, before;
};

void count_edge(void *processor, uint64_t address, uint32_t length, struct edges *edges)
{
    const uint64_t before = edges->before, block = address << 16 | length, last = edges->capacity - 1;
    uint64_t place = (before * 31 + block) * UINT64_C(0x9E3779B97F4A7C15) >> 32 & last;

    (void)processor;
    edges->before = block;
    while (edges->table[place].times && (edges->table[place].before != before || edges->table[place].block != block))
        place = (place + 1) & last;
    if (!edges->table[place].times) {
        if (edges->used == last)
            return;
        edges->used++;
        edges->table[place].before = before;
        edges->table[place].block = block;
    }
    edges->table[place].times++;
}

struct stack { /* lowest: what the stack pointer, register `pointer`, fell to; read: unicorn's uc_reg_read */
    int (*read)(void *processor, int register_number, void *value);
    int pointer;
    uint64_t lowest;
};

void watch_stack(void *processor, uint64_t address, uint32_t length, struct stack *stack)
{
    uint64_t now = 0;

    (void)address;
    (void)length;
    stack->read(processor, stack->pointer, &now);
    if (now < stack->lowest)
        stack->lowest = now;
}
