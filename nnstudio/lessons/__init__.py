"""Lessons: what they are, what they ask for, and how a lesson is proven. No Qt."""
