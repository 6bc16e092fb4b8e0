"""The law: facts go in, a decision with every ground comes out.

It never acts, reads a clock, opens a socket or guesses a fact: what nobody established stays undetermined.
"""
