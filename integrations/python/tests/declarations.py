"""Print the statements that declare what a module of models maps: FILE."""
import importlib.util
import sys
import warnings

from relmap_sqlalchemy import declarations

warnings.simplefilter('error')
spec = importlib.util.spec_from_file_location('models', sys.argv[1])
models = importlib.util.module_from_spec(spec)
spec.loader.exec_module(models)
for declaration in declarations(models.Base):
    print(declaration.sql() + ';')
