"""python -m tito"""
from tito.main import main

main()
