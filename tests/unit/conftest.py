from tests.conftest import Models

__all__ = ["Models"]
