"""What a source sends by itself: is it of that source, and what does it say?"""
