"""Be the teacher yourself: two dozen pictures, your answers as a teacher in code, and the students who disagree."""

from active_teacher.quiz.page import show
from active_teacher.quiz.pictures import Doubtful, two_dozen
from active_teacher.quiz.recorded import Recorded

__all__ = ["Doubtful", "Recorded", "show", "two_dozen"]
