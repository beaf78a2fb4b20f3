"""TinyTorch: a PyTorch-like framework in NumPy, written by the student who reads this.

Every public name is found the moment it is asked for, so a half-finished package imports, and a name
whose module is not written yet says which notebook to complete. This is the one file here written by hand.
"""
import importlib
import os
import sys

# Small matrices are 15 times slower on many BLAS threads than on one. NumPy reads this once, when it is first imported.
_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
for _variable in _THREADS:
    os.environ.setdefault(_variable, "1")

# The C library of Linux gives the memory of a large array back to the system as soon as it is freed, and the next array
# pays for getting it again, page by page. With these limits, in bytes, the process keeps it; it needs both of them:
# findings/numpy_pays_for_freed_memory.sh.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _LIMIT = -1, -3, 2 ** 30
try:
    import ctypes
except ImportError:                                                  # a Python without it keeps the C library's limits
    pass
else:
    if sys.platform == "linux" and hasattr(_libc := ctypes.CDLL(None), "mallopt"):
        _libc.mallopt(_M_MMAP_THRESHOLD, _LIMIT)
        _libc.mallopt(_M_TRIM_THRESHOLD, _LIMIT)

_NAMES = {
    "01_tensor": "Tensor Op zeros ones arange randn cat stack",
    "02_activations": "relu sigmoid tanh gelu softmax log_softmax",
    "03_layers": "Module Linear Dropout Flatten Sequential",
    "04_losses": "mse_loss cross_entropy binary_cross_entropy binary_cross_entropy_with_logits",
    "05_autograd": "backward_rule backward topological_order unbroadcast no_grad gradcheck",
    "06_optimizers": "Optimizer SGD Adam AdamW",
    "07_training": "Trainer StepLR CosineLR OneCycleLR clip_grad_norm accuracy evaluate "
                   "save_checkpoint load_checkpoint LiveCurves",
    "08_dataloader": "Dataset TensorDataset DataLoader random_split RandomHorizontalFlip RandomCrop Compose "
                     "Transformed load_tinydigits load_mnist load_cifar10 load_tinytalks load_shakespeare",
    "09_spatial": "Conv2d MaxPool2d AvgPool2d BatchNorm2d",
    "10_tokenization": "CharTokenizer BPETokenizer",
    "11_embeddings": "Embedding sinusoidal_encoding PositionalEncoding LearnedPositionalEmbedding",
    "12_attention": "scaled_dot_product_attention causal_mask MultiHeadAttention",
    "13_transformers": "LayerNorm FeedForward TransformerBlock GPT generate load_gpt2",
    "14_profiling": "Profiler count_parameters count_flops flops_formula measure_latency measure_memory "
                    "measure_peaks roofline attainable amdahl",
    "15_quantization": "Quantized quantize dequantize pack_codes unpack_codes calibrate QuantizedLinear "
                       "QuantizedConv2d quantize_model save_quantized load_quantized",
    "16_compression": "magnitude_prune structured_prune sparsity low_rank distillation_loss KeepZeros KeepCodes "
                      "fine_tune save_compressed load_compressed",
    "17_memoization": "KVCache generate_cached",
    "18_acceleration": "accelerate generate_batched",
    "19_benchmarking": "Benchmark compare pareto_front",
    "20_capstone": "Event Submission Leaderboard",
}
_HOME = {name: notebook for notebook, names in _NAMES.items() for name in names.split()}
__all__ = list(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"tinytorch has no {name!r}")
    notebook = _HOME[name]
    module = f"tinytorch.{notebook[3:]}"
    try:
        value = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise _absent(f"tinytorch.{name} is written in notebook {notebook}, {_why_missing(notebook)}") from None
    except AttributeError:
        raise _absent(f"{module} has no {name!r}: complete notebook {notebook} once more "
                      f"(tito module complete {notebook[:2]})") from None
    globals()[name] = value
    return value


def _absent(message: str) -> AttributeError:
    """Without the name, for which Python would suggest another one: the name is right."""
    return AttributeError(message, name=None, obj=sys.modules[__name__])


def _why_missing(notebook: str) -> str:
    released = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), ".release")
    if os.path.isdir(released) and not os.path.isdir(os.path.join(released, notebook)):
        return "which is not in this edition: tito module list shows what it holds"
    return f"which is not complete yet: tito module start {notebook[:2]}"


class _Missing:
    """In the place of a package that is not here: it complains only when it is used."""

    def __init__(self, package: str):
        object.__setattr__(self, "_package", package)

    def _complain(self, *args, **options):
        raise ImportError(f"{self._package} is not there, and this line uses it", name=self._package)

    def __getattr__(self, name: str):
        if name.startswith("__"):                # what inspects it, such as copy or a decorator, finds no such method
            raise AttributeError(name)
        self._complain()

    __call__ = __getitem__ = __iter__ = __setattr__ = __bool__ = _complain


def _optional(package: str, name: str | None = None, top: bool = False):
    """What `import package as ...` or `from package import name` gives, or a _Missing where that is not installed.

    top: the outermost package, as a plain `import package` gives it. Notebooks' imports become this when exported.
    """
    try:
        module = importlib.import_module(package)
        if name is not None and not hasattr(module, name):
            return importlib.import_module(f"{package}.{name}")
        return getattr(module, name) if name else importlib.import_module(package.split(".")[0]) if top else module
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != package.split(".")[0]:
            raise
        return _Missing(package.split(".")[0])


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
