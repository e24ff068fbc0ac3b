"""The operators on the CPU: kernels that numba compiles."""
