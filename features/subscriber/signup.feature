@subscriber
Feature: Signup
  People sign up with an e-mail address and a password, or with a phone number and a code that is sent to it.
  Asha is the one who signs up; Ravi is there so that a mix-up of people shows.

  Rule: A signup by e-mail makes an account

    @op:signup @clause:SUB-SIGNUP-01 @impact:creates
    Scenario: A signup by e-mail makes an account that can log in
      When Asha signs up by e-mail
      Then the outcome is "signedUp"
      When Asha logs in by e-mail on the television
      Then the outcome is "loggedIn"

    @op:signup @clause:SUB-SIGNUP-01 @impact:creates
    Scenario: The access token of a signup by e-mail opens what is protected
      When Asha signs up by e-mail
      Then the outcome is "signedUp"
      When Asha changes the first name
      Then the outcome is "profileUpdated"

    @op:signup @clause:SUB-SIGNUP-01 @impact:creates
    Scenario: A signup by e-mail registers who signed up and nobody else
      When Asha signs up by e-mail
      Then the outcome is "signedUp"
      When Asha's e-mail address is looked up
      Then the outcome is "exists"
      When Meera's e-mail address is looked up
      Then the outcome is "notRegistered"

  Rule: An address belongs to one account

    @op:signup @clause:SUB-SIGNUP-02 @impact:creates
    Scenario: A signup with the e-mail address of somebody else is refused
      Given Ravi has an account by e-mail
      When Asha signs up by e-mail as Ravi
      Then the outcome is "alreadyExists"
      When Ravi logs in by e-mail
      Then the outcome is "loggedIn"

    @op:signup @clause:SUB-SIGNUP-02 @needs:otp.sms @impact:notifies
    Scenario: A signup with the phone number of somebody else is refused
      Given Ravi has an account by phone
      When Asha signs up by phone as Ravi
      Then the outcome is "alreadyExists"

    @op:signup @clause:SUB-SIGNUP-02 @impact:creates
    Scenario: A refused signup is refused again in the same way
      Given Ravi has an account by e-mail
      When Asha signs up by e-mail as Ravi
      Then the outcome is "alreadyExists"
      When Asha signs up by e-mail as Ravi
      Then the outcome is "alreadyExists"

  Rule: A signup names what it signs up with

    @op:signup @clause:SUB-SIGNUP-03 @impact:creates
    Scenario Outline: A signup by <way> with <field> as <value> is refused
      Given Ravi has an account by <way>
      When Asha signs up by <way> with:
        | field   | value   |
        | <field> | <value> |
      Then the outcome is "credentialsMissing"

      Examples:
        | way    | field       | value    |
        | e-mail | email       | <absent> |
        | e-mail | email       | <null>   |
        | e-mail | email       | <blank>  |
        | e-mail | password    | <absent> |
        | e-mail | password    | <null>   |
        | e-mail | password    | <blank>  |
        | phone  | phone       | <absent> |
        | phone  | phone       | <null>   |
        | phone  | phone       | <blank>  |
        | phone  | countryCode | <absent> |
        | phone  | countryCode | <null>   |
        | phone  | countryCode | <blank>  |

  Rule: A body that breaks the tables is a bad request

    @op:signup @clause:SUB-SIGNUP-04 @impact:creates
    Scenario Outline: In a signup by <way>, <field> as <value> is a bad request
      Given Ravi has an account by <way>
      When Asha signs up by <way> with:
        | field   | value   |
        | <field> | <value> |
      Then the outcome is "badRequest"

      Examples:
        | way    | field                         | value      |
        | e-mail | login_type                    | <absent>   |
        | e-mail | login_type                    | <null>     |
        | e-mail | login_type                    | <blank>    |
        | e-mail | login_type                    | pigeon     |
        | e-mail | login_type                    | <list>     |
        | e-mail | otherdetails                  | <absent>   |
        | e-mail | otherdetails                  | <null>     |
        | e-mail | otherdetails                  | <list>     |
        | e-mail | otherdetails.device_unique_id | <absent>   |
        | e-mail | otherdetails.device_unique_id | <null>     |
        | e-mail | otherdetails.device_unique_id | <blank>    |
        | e-mail | email                         | not-e-mail |
        | e-mail | password                      | <object>   |
        | phone  | login_type                    | <absent>   |
        | phone  | otherdetails                  | <absent>   |
        | phone  | otherdetails.device_unique_id | <absent>   |
        | phone  | phone                         | <list>     |
        | phone  | phone                         | ninetynine |

    @op:signup @clause:SUB-SIGNUP-04 @impact:none
    Scenario: A signup whose body is not JSON is a bad request
      Given Ravi has an account by e-mail
      When a body that is not JSON is sent to "signup"
      Then the outcome is "badRequest"

    @op:signup @clause:SUB-SIGNUP-04 @impact:creates
    Scenario: A signup that was a bad request registers nobody
      Given Ravi has an account by e-mail
      When Asha signs up by e-mail with:
        | field        | value    |
        | otherdetails | <absent> |
      Then the outcome is "badRequest"
      When Asha's e-mail address is looked up
      Then the outcome is "notRegistered"

  Rule: A signup by phone sends a code

    @op:signup @clause:SUB-SIGNUP-05 @needs:otp.sms @impact:notifies
    Scenario: A signup by phone sends a code to the number that signs up
      When Ravi signs up by phone
      Then the outcome is "otpSent"
      When Asha signs up by phone
      Then the outcome is "otpSent"
      And a code comes by SMS to Asha

    @op:signup @clause:SUB-SIGNUP-06 @needs:otp.sms @impact:notifies
    Scenario: A signup code is announced to live for 120 seconds
      When Asha signs up by phone
      Then the outcome is "otpSent"
      And the code is announced to live for 120 seconds

    @op:signup @clause:SUB-SIGNUP-07 @needs:otp.sms @impact:notifies
    Scenario: Nobody is registered by phone before the code is verified
      Given Asha has been sent a signup code
      When Asha's phone number is looked up
      Then the outcome is "notRegistered"
      When Asha enters the signup code
      Then the outcome is "verified"
      When Asha's phone number is looked up
      Then the outcome is "exists"

    @op:signup @clause:SUB-SIGNUP-10 @needs:otp.sms @impact:notifies
    Scenario: A signup that was not verified can be begun again
      Given Asha has been sent a signup code
      When Asha signs up by phone
      Then the outcome is "otpSent"
      When Asha enters the signup code
      Then the outcome is "verified"

  Rule: The code that was sent makes the account

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-01 @needs:otp.sms @impact:notifies
    Scenario: The signup code makes an account while somebody else waits for another
      Given Asha has been sent a signup code
      And Ravi has been sent a signup code
      When Asha enters the signup code
      Then the outcome is "verified"
      When Ravi enters the signup code
      Then the outcome is "verified"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-01 @needs:otp.sms @impact:notifies
    Scenario: The access token of a signup by phone opens what is protected
      Given Asha has been sent a signup code
      When Asha enters the signup code
      Then the outcome is "verified"
      When Asha changes the first name
      Then the outcome is "profileUpdated"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-01 @needs:otp.sms @impact:notifies
    Scenario: Who signed up by phone can log in by phone
      Given Asha has been sent a signup code
      When Asha enters the signup code
      Then the outcome is "verified"
      When Asha goes through a login by phone on the television
      Then the outcome is "verified"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-08 @needs:otp.sms @impact:notifies
    Scenario Outline: The challenge of a signup is taken as "<spelling>"
      Given Ravi has been sent a signup code
      And Asha has been sent a signup code
      When Asha enters the signup code, the challenge spelled "<spelling>"
      Then the outcome is "verified"

      Examples:
        | spelling             |
        | otpVerificationToken |
        | OTPverificationToken |

  Rule: No other code makes the account

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-02 @needs:otp.sms @impact:notifies
    Scenario: A wrong signup code is refused and registers nobody
      Given Asha has been sent a signup code
      When Asha enters a wrong signup code
      Then the outcome is "otpVerificationFailed"
      When Asha's phone number is looked up
      Then the outcome is "notRegistered"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-02 @needs:otp.sms @impact:notifies
    Scenario: The signup code of somebody else is refused
      Given Asha has been sent a signup code
      And Ravi has been sent a signup code
      When Asha enters Ravi's signup code
      Then the outcome is "otpVerificationFailed"
      When Ravi enters the signup code
      Then the outcome is "verified"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-03 @needs:otp.sms @impact:notifies
    Scenario: A signup code that was used makes no second session
      Given Asha has been sent a signup code
      And Asha has used the signup code
      When Asha enters the signup code
      Then the outcome is "otpVerificationFailed"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-05 @needs:otp.sms @impact:notifies
    Scenario: A signup code that was never asked for is refused
      Given Asha has been sent a signup code
      When Asha enters a signup code that was never asked for
      Then the outcome is "otpVerificationFailed"
      When Asha enters the signup code
      Then the outcome is "verified"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-05 @needs:otp.sms @impact:notifies
    Scenario: A login code does not verify a signup
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha enters the login code as a signup code
      Then the outcome is "otpVerificationFailed"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-06 @needs:otp.sms @impact:notifies
    Scenario: A signup code is refused after ten wrong ones
      Given Asha has been sent a signup code
      And Asha has entered 10 wrong signup codes
      When Asha enters the signup code
      Then the outcome is "otpVerificationFailed"

  Rule: A signup code works until its announced life is over

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-04 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: A signup code works one second before its life is over
      Given the clock stands still
      And Asha has been sent a signup code
      And all but one second of the life of Asha's signup code has passed
      When Asha enters the signup code
      Then the outcome is "verified"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-04 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: A signup code is refused once its life is over
      Given the clock stands still
      And Asha has been sent a signup code
      And the life of Asha's signup code has passed
      When Asha enters the signup code
      Then the outcome is "otpVerificationFailed"

    @op:resendSignupOtp @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-04 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: A signup code that was sent again works one second before its own life is over
      Given the clock stands still
      And Asha has been sent a signup code
      And Asha has asked for the signup code again
      And all but one second of the life of Asha's signup code has passed
      When Asha enters the signup code
      Then the outcome is "verified"

    @op:resendSignupOtp @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-04 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: A signup code that was sent again is refused once its own life is over
      Given the clock stands still
      And Asha has been sent a signup code
      And Asha has asked for the signup code again
      And the life of Asha's signup code has passed
      When Asha enters the signup code
      Then the outcome is "otpVerificationFailed"

  Rule: A verification names challenge and code

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-07 @needs:otp.sms @impact:notifies
    Scenario Outline: In a verification of a signup, <field> as <value> is a bad request
      Given Ravi has been sent a signup code
      And Asha has been sent a signup code
      When Asha enters the signup code with:
        | field   | value   |
        | <field> | <value> |
      Then the outcome is "badRequest"

      Examples:
        | field                | value    |
        | otpVerificationToken | <absent> |
        | otpVerificationToken | <null>   |
        | otpVerificationToken | <blank>  |
        | otpVerificationToken | <object> |
        | otp                  | <absent> |
        | otp                  | <null>   |
        | otp                  | <blank>  |
        | otp                  | <list>   |

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-07 @impact:none
    Scenario: A verification of a signup whose body is not JSON is a bad request
      Given Ravi has an account by e-mail
      When a body that is not JSON is sent to "verifySignupOtp"
      Then the outcome is "badRequest"

  Rule: The number must still be free when the code is entered

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-09 @needs:otp.sms @impact:notifies
    Scenario: A number that somebody else took meanwhile is refused at verification
      Given Ravi has an account by e-mail
      And Asha has been sent a signup code
      And Ravi has taken over Asha's phone number
      When Asha enters the signup code
      Then the outcome is "alreadyExists"

    @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-10 @needs:otp.sms @needs:otp.email @impact:destroys
    Scenario: A number whose account was deleted meanwhile is gone at verification
      Given Ravi has an account by e-mail
      And Asha has been sent a signup code
      And Ravi has taken over Asha's phone number
      And Ravi has deleted the account
      When Asha enters the signup code
      Then the outcome is "gone"

  Rule: A signup code can be had again

    @op:resendSignupOtp @clause:SUB-SIGNUP-OTP-11 @needs:otp.sms @impact:notifies
    Scenario: A signup code that was sent again makes the account
      Given Asha has been sent a signup code
      When Asha asks for the signup code again
      Then the outcome is "otpSent"
      And a code comes by SMS to Asha
      When Asha enters the signup code
      Then the outcome is "verified"

    @op:resendSignupOtp @clause:SUB-SIGNUP-OTP-15 @needs:otp.sms @impact:notifies
    Scenario: A signup code that was sent again is announced to live for 300 seconds
      Given Asha has been sent a signup code
      When Asha asks for the signup code again
      Then the outcome is "otpSent"
      And the code is announced to live for 300 seconds

    @op:resendSignupOtp @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-12 @needs:otp.sms @impact:notifies
    Scenario: A signup code that was replaced is refused, and the new one works
      Given Asha has been sent a signup code
      And Asha has asked for the signup code again
      When Asha enters the signup code that was replaced
      Then the outcome is "otpVerificationFailed"
      When Asha enters the signup code
      Then the outcome is "verified"

    @op:resendSignupOtp @op:verifySignupOtp @clause:SUB-SIGNUP-OTP-12 @needs:otp.sms @impact:notifies
    Scenario: A signup code survives that somebody else asks for another
      Given Asha has been sent a signup code
      And Ravi has been sent a signup code
      And Ravi has asked for the signup code again
      When Asha enters the signup code
      Then the outcome is "verified"

    @op:resendSignupOtp @clause:SUB-SIGNUP-OTP-13 @needs:otp.sms @impact:notifies
    Scenario: A signup code is not sent again for a signup that was never begun
      Given Asha has been sent a signup code
      When Asha asks again for a signup code that was never asked for
      Then the outcome is "otpVerificationFailed"

    @op:resendSignupOtp @clause:SUB-SIGNUP-OTP-13 @needs:otp.sms @impact:notifies
    Scenario: A signup code is not sent again once it was used
      Given Asha has been sent a signup code
      And Asha has used the signup code
      When Asha asks for the signup code again
      Then the outcome is "otpVerificationFailed"

    @op:resendSignupOtp @clause:SUB-SIGNUP-OTP-13 @needs:otp.sms @impact:notifies
    Scenario: A login code is not sent again as a signup code
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha asks for the login code again as a signup code
      Then the outcome is "otpVerificationFailed"

    @op:resendSignupOtp @clause:SUB-SIGNUP-OTP-14 @needs:otp.sms @impact:notifies
    Scenario Outline: In a request for another signup code, the challenge as <value> is a bad request
      Given Ravi has been sent a signup code
      And Asha has been sent a signup code
      When Asha asks for the signup code again with:
        | field                | value   |
        | otpVerificationToken | <value> |
      Then the outcome is "badRequest"

      Examples:
        | value    |
        | <absent> |
        | <null>   |
        | <blank>  |
        | <object> |

    @op:resendSignupOtp @clause:SUB-SIGNUP-OTP-14 @impact:none
    Scenario: A request for another signup code whose body is not JSON is a bad request
      Given Ravi has an account by e-mail
      When a body that is not JSON is sent to "resendSignupOtp"
      Then the outcome is "badRequest"

  Rule: An access token works until its announced life is over

    @op:signup @clause:SUB-SIGNUP-08 @needs:clock @impact:creates
    Scenario: The access token of a signup by e-mail works one second before its life is over
      Given the clock stands still
      And Asha has an account by e-mail
      And all but one second of the life of Asha's access token has passed
      When Asha changes the first name
      Then the outcome is "profileUpdated"

    @op:signup @clause:SUB-SIGNUP-08 @needs:clock @impact:creates
    Scenario: The access token of a signup by e-mail is refused once its life is over
      Given the clock stands still
      And Asha has an account by e-mail
      And the life of Asha's access token has passed
      When Asha changes the first name
      Then the outcome is "accessTokenExpired"

    @op:verifySignupOtp @clause:SUB-SIGNUP-08 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: The access token of a signup by phone works one second before its life is over
      Given the clock stands still
      And Asha has an account by phone
      And all but one second of the life of Asha's access token has passed
      When Asha changes the first name
      Then the outcome is "profileUpdated"

    @op:verifySignupOtp @clause:SUB-SIGNUP-08 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: The access token of a signup by phone is refused once its life is over
      Given the clock stands still
      And Asha has an account by phone
      And the life of Asha's access token has passed
      When Asha changes the first name
      Then the outcome is "accessTokenExpired"

  Rule: The address of a deleted account is gone

    @op:signup @clause:SUB-SIGNUP-09 @needs:otp.email @impact:destroys
    Scenario: A signup with the e-mail address of a deleted account is refused
      Given Asha has an account by e-mail
      And Asha has deleted the account
      When Asha signs up by e-mail
      Then the outcome is "gone"

    @op:signup @clause:SUB-SIGNUP-09 @needs:otp.sms @impact:destroys
    Scenario: A signup with the phone number of a deleted account is refused
      Given Asha has an account by phone
      And Asha has deleted the account
      When Asha signs up by phone
      Then the outcome is "gone"

  Rule: The app token must be a good one

    @clause:SUB-SIGNUP-11 @impact:notifies
    Scenario Outline: A signup app with an unknown app token is refused when <call>
      Given Meera has an account by e-mail
      And Ravi has been sent a signup code
      And the app carries an unknown app token
      When <call>
      Then the outcome is "appTokenInvalid"

      @op:signup
      Examples:
        | call                    |
        | Asha signs up by e-mail |
        | Asha signs up by phone  |

      @op:verifySignupOtp @needs:otp.sms
      Examples:
        | call                        |
        | Ravi enters the signup code |

      @op:resendSignupOtp @needs:otp.sms
      Examples:
        | call                                |
        | Ravi asks for the signup code again |

    @clause:SUB-SIGNUP-12 @needs:state.expiredAppToken @impact:notifies
    Scenario Outline: A signup app with an expired app token is refused when <call>
      Given Meera has an account by e-mail
      And Ravi has been sent a signup code
      And the app carries an expired app token
      When <call>
      Then the outcome is "authTokenExpired"

      @op:signup
      Examples:
        | call                    |
        | Asha signs up by e-mail |
        | Asha signs up by phone  |

      @op:verifySignupOtp @needs:otp.sms
      Examples:
        | call                        |
        | Ravi enters the signup code |

      @op:resendSignupOtp @needs:otp.sms
      Examples:
        | call                                |
        | Ravi asks for the signup code again |

  Rule: The calls of a day are limited

    @clause:SUB-SIGNUP-13 @needs:quota @impact:floods
    Scenario Outline: One signup call too many is refused when <call>
      Given Meera has an account by e-mail
      And Ravi has been sent a signup code
      And the calls of the day are used up
      When <call>
      Then the outcome is "tooManyRequests"

      @op:signup
      Examples:
        | call                    |
        | Asha signs up by e-mail |
        | Asha signs up by phone  |

      @op:verifySignupOtp @needs:otp.sms
      Examples:
        | call                        |
        | Ravi enters the signup code |

      @op:resendSignupOtp @needs:otp.sms
      Examples:
        | call                                |
        | Ravi asks for the signup code again |
