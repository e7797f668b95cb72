"""Training on one core: TensorFlow adds up in another order on more, and what it makes is then another network."""

ONE_CORE = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}  # environment
