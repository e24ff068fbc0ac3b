"""The operators on CUDA: kernels that CuPy compiles."""
