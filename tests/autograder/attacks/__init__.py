"""Submissions of somebody who has read all of the grader, for any module. python -m tests.autograder.attacks runs all.

Each gains no more than an honest blank, leaks nothing, leaves nothing behind, and changes nobody else's grade.
They are aimed at this grader and harmless to anything else.
"""
