/* Stands in for Zephyr's. */
void printk(const char *format, ...);
