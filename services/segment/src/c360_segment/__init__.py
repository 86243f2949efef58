"""The segment service: which groups is a customer in?"""
