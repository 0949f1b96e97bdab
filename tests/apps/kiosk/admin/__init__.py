from ..views import NAME
