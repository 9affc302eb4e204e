/* No include guard: NDEBUG decides anew at each inclusion, as the standard has it. */
#define static_assert _Static_assert
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : __builtin_trap())
#endif
