"""What runs inside a sandbox, with the standard library alone: its launcher, and the worker that runs programs in it.

kernel     system calls that Python has no function for
syscalls   which system calls a program may not make
launch     makes the namespaces, where no bubblewrap does
worker     waits for programs and forks a child for each
program    the child that becomes the program
parsing    a program: what a grammar says of standard input
"""
