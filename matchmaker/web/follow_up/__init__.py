"""The page behind the signed links of a mail: how do the talks go?"""
